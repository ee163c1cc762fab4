namespace ProjectSilo.Grains.Kernels.Wire;

/// <summary>
/// Where a kernel listens, and the key that signs its messages (spec 10 §2.3). A class with no text of its own: the key is a secret.
/// </summary>
internal sealed class ConnectionInfo
{
    /// <summary><c>ipc</c> or <c>tcp</c></summary>
    public required string Transport { get; init; }

    /// <summary><c>127.0.0.1</c>; with <c>ipc</c> the prefix of the sockets' paths, which are <c>{ip}-{port}</c>.</summary>
    public required string Ip { get; init; }

    public required int HeartbeatPort { get; init; }

    public required int ControlPort { get; init; }

    public required int ShellPort { get; init; }

    public required int StdinPort { get; init; }

    public required int IoPubPort { get; init; }

    /// <summary>A UUID; also the name of the connection file, <c>kernel-&lt;key&gt;.json</c>. Empty: nothing is signed.</summary>
    public required string Key { get; init; }

    /// <summary>Unix sockets in a fresh folder (0700) below <paramref name="folder"/>, or below the system's temporary folder where paths would be longer than a socket's may be.</summary>
    public static ConnectionInfo CreateIpc(string folder) => throw new NotImplementedException();

    /// <summary>Five ports of the loopback interface that are free now. Another program may take them before the kernel does.</summary>
    public static ConnectionInfo CreateTcp() => throw new NotImplementedException();

    /// <summary>
    /// The connection file: <c>{"version":5,"key":"…","signature_scheme":"hmac-sha256","transport":"tcp","ip":"127.0.0.1","hb_port":P0,"control_port":P1,"shell_port":P2,"stdin_port":P3,"iopub_port":P4}</c>
    /// and a line feed.
    /// </summary>
    public byte[] ToJson() => throw new NotImplementedException();

    /// <summary>Removes the folder of the Unix sockets; a killed kernel leaves them. Nothing with <c>tcp</c>.</summary>
    public void DeleteSockets() => throw new NotImplementedException();
}
