namespace ProjectSilo.Tests.Conat;

/// <summary>A standalone daemon for all tests of a class: it serves the broker at its browser port.</summary>
public sealed class StandaloneDaemon : IAsyncLifetime
{
    internal DaemonProcess Process { get; } = Create();

    /// <summary>What signs in as the project.</summary>
    internal string ProjectCookie => $"project_secret={Process.Read("secret-token")}; project_id={Process.Read("project-id")}";

    internal static DaemonProcess Create()
    {
        var daemon = new DaemonProcess().Without("DATA", "LOGS", "DEBUG", "BASE_PATH", "COCALC_PROJECT_ID", "CONAT_SERVER");
        daemon.Data = Path.Join(daemon.Home, ".local", "state", "projectsilo");

        // With the prettier that tests install.
        var packages = Path.Join(Vectors.RepositoryRoot(), "tests", "Grains.Tests", "node", "node_modules", ".bin");
        daemon.Environment = daemon.Environment.SetItem("PATH", $"{packages}:{daemon.Environment["PATH"]}");
        return daemon;
    }

    public Task InitializeAsync() => Process.StartReadyAsync();

    public async Task DisposeAsync() => await Process.DisposeAsync();
}
