namespace ProjectSilo.Grains.Project;

/// <summary>What named servers are started with (spec 09 §10). Made once at start by the silo.</summary>
public sealed record NamedServerSettings
{
    private const string Loopback = "127.0.0.1";

    /// <summary><c>$DATA/named_servers</c>: a folder a server.</summary>
    public required string Folder { get; init; }

    /// <summary><c>BASE_PATH</c>: <c>/</c>, or a path with a leading and no trailing slash.</summary>
    public string BasePath { get; init; } = "/";

    /// <summary><c>location.host</c> of <c>info.json</c>: where a hub reaches this project.</summary>
    public string Host { get; init; } = Loopback;

    /// <summary>Bytes a second of <c>jupyter</c> (<c>COCALC_JUPYTER_NOTEBOOK_iopub_data_rate_limit</c>).</summary>
    public int NotebookIopubDataRateLimit { get; init; } = 2_000_000;

    /// <summary>Messages a second of <c>jupyter</c> (<c>COCALC_JUPYTER_NOTEBOOK_iopub_msg_rate_limit</c>).</summary>
    public int NotebookIopubMessageRateLimit { get; init; } = 50;

    /// <summary>Bytes a second of <c>jupyterlab</c> (<c>COCALC_JUPYTER_LAB_iopub_data_rate_limit</c>).</summary>
    public int LabIopubDataRateLimit { get; init; } = 2_000_000;

    /// <summary>Messages a second of <c>jupyterlab</c> (<c>COCALC_JUPYTER_LAB_iopub_msg_rate_limit</c>).</summary>
    public int LabIopubMessageRateLimit { get; init; } = 50;

    /// <summary>Whether <c>jupyterlab</c> is started with <c>--collaborative</c> (<c>COCALC_JUPYTERLAB_RTC=true</c>).</summary>
    public bool LabRealTimeCollaboration { get; init; }

    /// <summary>The address to listen on. Something that is no address or name, which could mean anything to a shell, counts as the loopback address.</summary>
    public string Ip => Host == "localhost" || Host.Length == 0 || Host.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('.' or ':' or '-' or '_')) ? Loopback : Host;
}
