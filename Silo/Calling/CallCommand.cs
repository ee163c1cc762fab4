using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Hub;
using ProjectSilo.Silo.DataDirectory;
using ProjectSilo.Silo.ProjectEnvironment;
using ProjectSilo.Silo.Standalone;

namespace ProjectSilo.Silo.Calling;

/// <summary>
/// <c>call EVENT [JSON]</c>: asks the daemon of this data folder over its hub connection (spec 02), for operators and scripts.
/// <code>
/// call ping                                       {"event":"pong","id":"call"}
/// call exec 'echo hello'                          hello
/// call project_exec '{"command":"uname"}'         {"event":"project_exec_output",…}
/// </code>
/// </summary>
internal static class CallCommand
{
    /// <summary>The first argument that leads here instead of to the daemon.</summary>
    public const string Name = "call";

    private const int Failure = 1;
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    private const string Usage = """
        usage: call ping
               call exec 'SHELL TEXT'      prints what it prints, ends as it ends
               call EVENT ['{JSON}']       prints the answer
        The daemon is that of the folder $DATA, by default the standalone one.
        """;

    /// <summary>Makes one call.</summary>
    /// <param name="args">What follows <c>call</c>.</param>
    /// <returns>The exit code: 0, 1 for an error, or that of the command.</returns>
    public static async Task<int> Run(string[] args)
    {
        if (args is not [var name, ..] || args.Length > 2 || name.StartsWith('-'))
        {
            await Console.Error.WriteLineAsync(Usage);
            return Failure;
        }

        if (Request(name, args.ElementAtOrDefault(1)) is not { } request)
        {
            await Console.Error.WriteLineAsync("error: the argument must be a JSON object");
            return Failure;
        }

        try
        {
            var answer = await Ask(request);
            return name == "exec" ? await PrintCommand(answer) : await Print(answer);
        }
        catch (Exception exception) when (exception is IOException or SocketException or StartFailedException or UnauthorizedAccessException or TimeoutException)
        {
            await Console.Error.WriteLineAsync("error: " + exception.Message);
            return Failure;
        }
    }

    private static WireValue.Members? Request(string name, string? argument)
    {
        if (name == "exec")
        {
            return new WireObject
            {
                ["event"] = "project_exec",
                ["id"] = Name,
                ["command"] = argument ?? "",
                ["bash"] = true,
                ["err_on_exit"] = false,
                ["timeout"] = 0,
            }.Build();
        }

        if (!WireJson.TryParse(Encoding.UTF8.GetBytes(argument ?? "{}"), out var value) || value is not WireValue.Members members)
        {
            return null;
        }

        return new WireObject { ["event"] = name, ["id"] = Name }.AddAll(members, "event").Build();
    }

    private static async Task<WireValue.Members> Ask(WireValue.Members request)
    {
        var environment = OwnEnvironment.Read();
        var dataFolder = StandaloneMode.DataFolder(environment);
        if (!ushort.TryParse(await File.ReadAllTextAsync(Path.Join(dataFolder, "hub-server.port")), CultureInfo.InvariantCulture, out var port))
        {
            throw new IOException($"{dataFolder}/hub-server.port holds no port");
        }

        var tokenPath = environment.GetValueOrDefault("COCALC_SECRET_TOKEN") is { Length: > 0 } given ? given : Path.Join(dataFolder, StandaloneState.TokenFile);
        var token = (await File.ReadAllTextAsync(tokenPath)).TrimEnd('\r', '\n');
        var address = await HubAddress(dataFolder);
        using var client = new TcpClient(address.AddressFamily) { NoDelay = true };
        await client.ConnectAsync(address, port).WaitAsync(ConnectTimeout);
        await using var stream = client.GetStream();

        await stream.WriteAsync(Encoding.UTF8.GetBytes(token));
        var unlocked = new byte[1];
        await stream.ReadExactlyAsync(unlocked).AsTask().WaitAsync(ConnectTimeout);
        if (unlocked[0] != 'y')
        {
            throw new IOException("the daemon refused the secret token");
        }

        var frame = new ArrayBufferWriter<byte>();
        HubFrameCodec.WriteJson(new WireObject { ["event"] = "heartbeat" }.Build(), frame);
        HubFrameCodec.WriteJson(request, frame);
        await stream.WriteAsync(frame.WrittenMemory);
        using var heartbeats = new Timer(_ => SendHeartbeat(client), null, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30));
        return await Answer(stream);
    }

    /// <summary>Where the daemon listens; the loopback address if it doesn't say, as the reference.</summary>
    internal static async Task<IPAddress> HubAddress(string dataFolder)
    {
        var path = Path.Join(dataFolder, DataFiles.HubAddressFile);
        if (!File.Exists(path))
        {
            return IPAddress.Loopback;
        }

        return IPAddress.TryParse((await File.ReadAllTextAsync(path)).Trim(), out var address) ? address : throw new IOException($"{path} holds no address");
    }

    private static void SendHeartbeat(TcpClient client)
    {
        var frame = new ArrayBufferWriter<byte>();
        HubFrameCodec.WriteJson(new WireObject { ["event"] = "heartbeat" }.Build(), frame);
        try
        {
            client.Client.Send(frame.WrittenSpan);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The daemon is gone; whoever reads the answer learns it.
            return;
        }
    }

    private static async Task<WireValue.Members> Answer(NetworkStream stream)
    {
        var received = new ArrayBufferWriter<byte>();
        while (true)
        {
            var count = await stream.ReadAsync(received.GetMemory(4096));
            received.Advance(count);
            var buffer = new ReadOnlySequence<byte>(received.WrittenMemory);
            if (HubFrameCodec.TryRead(ref buffer, uint.MaxValue, out var frame) == HubFrameStatus.Complete
                && WireJson.TryParse(frame.Payload, out var value) && value is WireValue.Members answer)
            {
                return answer;
            }

            if (count == 0)
            {
                throw new IOException("the daemon closed the connection");
            }
        }
    }

    private static async Task<int> PrintCommand(WireValue.Members answer)
    {
        if (answer["event"].AsText() == "error")
        {
            return await Print(answer);
        }

        await Console.Out.WriteAsync(answer["stdout"].AsText());
        await Console.Error.WriteAsync(answer["stderr"].AsText());
        return (int)(answer["exit_code"].AsNumber() ?? Failure);
    }

    private static async Task<int> Print(WireValue.Members answer)
    {
        var isError = answer["event"].AsText() == "error";
        await (isError ? Console.Error : Console.Out).WriteLineAsync(WireJson.ToText(answer));
        return isError ? Failure : 0;
    }
}
