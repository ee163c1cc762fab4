using ProjectSilo.Conat.Core;

namespace ProjectSilo.Gateways.Conat.Terminals;

/// <summary>The subjects of a terminal (spec 11 §1). They don't name the compute server: a terminal may move.</summary>
internal static class TerminalSubjects
{
    /// <summary><c>services.project-&lt;id&gt;._.terminal-server.LmEudGVybS0wLnRlcm0=</c></summary>
    public static string Server(string projectId, string path) => ConatNames.ServiceSubject(projectId, "terminal-server", null, path);

    /// <summary><c>services.project-&lt;id&gt;._.terminal-browser.LmEudGVybS0wLnRlcm0=</c></summary>
    public static string Browser(string projectId, string path) => ConatNames.ServiceSubject(projectId, "terminal-browser", null, path);
}
