namespace ProjectSilo.Silo.Standalone;

/// <summary>What a standalone daemon that runs in a terminal says when it is ready.</summary>
internal static class StandaloneGreeting
{
    /// <param name="host">The address as it goes into a URL.</param>
    /// <param name="basePath">Below which the broker is.</param>
    /// <param name="apiHost">The same for the HTTP API.</param>
    /// <param name="command">How this program is started, e.g. <c>dotnet /opt/projectsilo/ProjectSilo.dll</c>.</param>
    public static string Compose(
        string projectId, string dataFolder, string host, int browserPort, string basePath, string apiHost, int apiPort, int hubPort, string command) =>
        $"""
        ProjectSilo serves project {projectId} on its own.
          browsers  http://{host}:{browserPort}/
          conat     http://{host}:{browserPort}{basePath}
          HTTP API  http://{apiHost}:{apiPort}/
          hub       {host}:{hubPort}
          data      {dataFolder}

        Try, in another terminal:
          {command} call ping
          {command} call exec 'echo hello'
          curl http://{host}:{browserPort}/health

        Stop it with Ctrl-C, or: kill {Environment.ProcessId}

        """;
}
