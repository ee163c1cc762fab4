namespace ProjectSilo.Grains.Project;

/// <summary>One start of a named server, as its command line needs it.</summary>
/// <param name="Project">HOME, the environment and the id.</param>
/// <param name="Settings">Base path and limits.</param>
/// <param name="Port">The port it shall listen on.</param>
internal sealed record NamedServerLaunch(ProjectSettings Project, NamedServerSettings Settings, int Port)
{
    /// <summary>The address it shall listen on.</summary>
    public string Ip => Settings.Ip;

    /// <summary>The path below which the hub's proxy reaches it, e.g. <c>/812abe34-…/port/code</c>.</summary>
    /// <param name="kind"><c>port</c>, or <c>server</c>.</param>
    public string Base(string kind, string name) => $"{Settings.BasePath.TrimEnd('/')}/{Project.ProjectId}/{kind}/{name}";
}
