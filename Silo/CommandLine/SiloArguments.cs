namespace ProjectSilo.Silo.CommandLine;

/// <summary>The options of the command line (spec 01 §1) and our own <c>--standalone</c>.</summary>
internal sealed record SiloArguments
{
    /// <summary>The literal IPv4 address: hubs connect with IPv4, so <c>localhost</c> would be wrong where it means <c>::1</c>.</summary>
    public const string DefaultHostname = "127.0.0.1";

    /// <summary><c>--hub-port</c>: 0 lets the system choose.</summary>
    public int HubPort { get; init; }

    /// <summary><c>--browser-port</c>: 0 lets the system choose.</summary>
    public int BrowserPort { get; init; }

    /// <summary><c>--hostname</c>: the address all servers bind to.</summary>
    public string Hostname { get; init; } = DefaultHostname;

    /// <summary><c>--kucalc</c>: Kubernetes mode (spec 01 §10).</summary>
    public bool Kucalc { get; init; }

    /// <summary><c>--sshd</c>: start the SSH service (spec 01 §11).</summary>
    public bool Sshd { get; init; }

    /// <summary><c>--init</c>: script below HOME to run once at start (spec 01 §9), or empty.</summary>
    public string Init { get; init; } = "";

    /// <summary><c>--daemon</c>: detach (spec 01 §3).</summary>
    public bool Daemon { get; init; }

    /// <summary><c>--standalone</c>: serve without a hub, even if some of its variables are set.</summary>
    public bool Standalone { get; init; }
}
