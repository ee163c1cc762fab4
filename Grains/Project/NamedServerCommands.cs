using ProjectSilo.Grains.Commands;

namespace ProjectSilo.Grains.Project;

/// <summary>The named servers and how each is started: the table of spec 09 §10. Adding a server is adding a row.</summary>
internal static class NamedServerCommands
{
    private static readonly Dictionary<string, Func<NamedServerLaunch, string>> Table = new Dictionary<string, Func<NamedServerLaunch, string>>
    {
        ["code"] = launch => $"code-server --bind-addr={AuthorityHost(launch.Ip)}:{launch.Port} --auth=none",
        ["jupyter"] = launch => Jupyter(
            "notebook", "", launch, launch.Base("port", "jupyter"), launch.Settings.NotebookIopubDataRateLimit, launch.Settings.NotebookIopubMessageRateLimit),
        ["jupyterlab"] = launch => Jupyter(
                "lab",
                "--ServerApp.disable_check_xsrf=True ",
                launch,
                launch.Base("port", "jupyterlab"),
                launch.Settings.LabIopubDataRateLimit,
                launch.Settings.LabIopubMessageRateLimit)
            + (launch.Settings.LabRealTimeCollaboration ? " --collaborative" : ""),
        ["pluto"] = launch =>
            $"echo 'import Pluto; Pluto.run(launch_browser=false, require_secret_for_access=false, host=\"{launch.Ip}\", port={launch.Port})' | julia",
        ["rserver"] = RServer.Command,
    };

    /// <summary>Whether there is such a server.</summary>
    public static bool Knows(string name) => Table.ContainsKey(name);

    /// <summary>The shell text that runs it. Blocks: some servers want files made first.</summary>
    public static string Compose(string name, NamedServerLaunch launch) => Table[name](launch);

    private static string Jupyter(string program, string more, NamedServerLaunch launch, string basePath, int dataRate, int messageRate) =>
        $"jupyter {program} --port-retries=0 --no-browser --NotebookApp.iopub_data_rate_limit={dataRate} --NotebookApp.iopub_msg_rate_limit={messageRate} "
        + $"--NotebookApp.token='' --NotebookApp.password='' {more}--NotebookApp.allow_remote_access=True "
        + $"--NotebookApp.mathjax_url=/cdn/mathjax/MathJax.js --NotebookApp.base_url={ShellText.Quote(basePath)} --ip={launch.Ip} --port={launch.Port}";

    /// <summary>An IPv6 address needs brackets before a port.</summary>
    private static string AuthorityHost(string ip) => ip.Contains(':', StringComparison.Ordinal) ? $"[{ip}]" : ip;
}
