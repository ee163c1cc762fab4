using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Kernels.Wire;

/// <summary>
/// Where a kernel listens, and the key that signs its messages (spec 10 §2.3). A class with no text of its own: the key is a secret.
/// </summary>
internal sealed class ConnectionInfo
{
    private const string Ipc = "ipc";
    private const string Tcp = "tcp";

    /// <summary>Bytes of a Unix socket's path.</summary>
    private const int MaxSocketPath = 107;

    private const string FallbackFolder = "/tmp";
    private const string SocketName = "/k";

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

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

    /// <summary>
    /// Unix sockets in a fresh folder (0700) below <paramref name="folder"/>, which is made (0700) if it is missing; or below <c>/tmp</c> where the paths would be longer than a socket's may be, or
    /// aren't UTF-8. Other users can't reach them, and no other program can take their place before the kernel does. Blocks.
    /// </summary>
    /// <exception cref="PosixException">The folder can't be made.</exception>
    public static ConnectionInfo CreateIpc(string folder)
    {
        var name = "/kernel-" + SecureRandom.Text(SecureRandom.LettersAndDigits, 8);
        if (!FitsSockets(folder + name))
        {
            folder = FallbackFolder;
        }

        Folders.Make(folder, Folders.OwnerOnly);
        folder += name;
        if (LibC.mkdir(folder, Folders.OwnerOnly) != 0)
        {
            throw new PosixException(Marshal.GetLastPInvokeError(), "mkdir", PathBytes.Show(folder));
        }

        return Create(Ipc, folder + SocketName, [1, 2, 3, 4, 5]);
    }

    /// <summary>Five ports of the loopback interface that are free now. Another program may take them before the kernel does.</summary>
    /// <exception cref="SocketException">There are none.</exception>
    public static ConnectionInfo CreateTcp()
    {
        var sockets = new Socket[5];
        try
        {
            var ports = new int[sockets.Length];
            for (var i = 0; i < sockets.Length; i++)
            {
                // All are held until the last is found, so that they differ.
                sockets[i] = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                sockets[i].Bind(new IPEndPoint(IPAddress.Loopback, 0));
                ports[i] = ((IPEndPoint)sockets[i].LocalEndPoint!).Port;
            }

            return Create(Tcp, IPAddress.Loopback.ToString(), ports);
        }
        finally
        {
            foreach (var socket in sockets)
            {
                socket?.Dispose();
            }
        }
    }

    /// <summary>
    /// The connection file: <c>{"version":5,"key":"…","signature_scheme":"hmac-sha256","transport":"tcp","ip":"127.0.0.1","hb_port":P0,"control_port":P1,"shell_port":P2,"stdin_port":P3,"iopub_port":P4}</c>
    /// and a line feed.
    /// </summary>
    public byte[] ToJson()
    {
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output, Plain))
        {
            writer.WriteStartObject();
            writer.WriteNumber("version"u8, 5);
            writer.WriteString("key"u8, Key);
            writer.WriteString("signature_scheme"u8, "hmac-sha256");
            writer.WriteString("transport"u8, Transport);
            writer.WriteString("ip"u8, Ip);
            writer.WriteNumber("hb_port"u8, HeartbeatPort);
            writer.WriteNumber("control_port"u8, ControlPort);
            writer.WriteNumber("shell_port"u8, ShellPort);
            writer.WriteNumber("stdin_port"u8, StdinPort);
            writer.WriteNumber("iopub_port"u8, IoPubPort);
            writer.WriteEndObject();
        }

        output.Write("\n"u8);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Removes the folder of the Unix sockets that <see cref="CreateIpc"/> made; a killed kernel leaves them. Nothing with <c>tcp</c>. Blocks.</summary>
    /// <exception cref="PosixException">It can't be removed.</exception>
    public void DeleteSockets()
    {
        if (Transport == Ipc)
        {
            TreeRemoval.Remove(Ip[..^SocketName.Length]);
        }
    }

    /// <summary>The address of a port.</summary>
    public EndPoint EndPoint(int port) => Transport == Ipc ? new UnixDomainSocketEndPoint($"{Ip}-{port}") : new IPEndPoint(IPAddress.Parse(Ip), port);

    /// <summary>The port of a channel.</summary>
    public int Port(KernelChannel channel) => channel switch
    {
        KernelChannel.Shell => ShellPort,
        KernelChannel.IoPub => IoPubPort,
        KernelChannel.Stdin => StdinPort,
        _ => ControlPort,
    };

    private static ConnectionInfo Create(string transport, string ip, ReadOnlySpan<int> ports) => new()
    {
        Transport = transport,
        Ip = ip,
        HeartbeatPort = ports[0],
        ControlPort = ports[1],
        ShellPort = ports[2],
        StdinPort = ports[3],
        IoPubPort = ports[4],
        // From the kernel's own generator, as SecureRandom's.
        Key = Guid.NewGuid().ToString(),
    };

    private static bool FitsSockets(string folder)
    {
        try
        {
            return StrictUtf8.GetByteCount(folder + SocketName + "-1") <= MaxSocketPath;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }
}
