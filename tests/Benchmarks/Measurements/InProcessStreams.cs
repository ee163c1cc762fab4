using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using ProjectSilo.Benchmarks.Report;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Server.Broker;
using ProjectSilo.Conat.Server.InProcess;
using ProjectSilo.Conat.Server.Persist;
using ProjectSilo.Conat.Sockets;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Benchmarks.Measurements;

/// <summary>Streams with the broker, the server and the client in one process.</summary>
internal static class InProcessStreams
{
    private const int InFlight = 64;
    private const int Bytes = 100;
    private const int BatchMessages = 500;
    private const int Stored = 100_000;

    public static async Task<Row[]> Run(string group, bool quick)
    {
        var root = Directory.CreateTempSubdirectory("projectsilo-bench-").FullName;
        using var broker = new ConatBroker(
            new ConatBrokerOptions(), new CookieAuthentication(() => new ConatCredentials()), new Everything(), TimeProvider.System, NullLogger<ConatBroker>.Instance);
        await using var serverClient = new ConatClient(new InProcessTransport(broker, ConatUser.Hub("hub")), new ConatClientOptions { InboxPrefix = ConatNames.HubInbox("hub") });
        await serverClient.ConnectAsync();
        await using var server = new PersistServer(serverClient, new PersistServerOptions { Root = root });
        server.Start();
        await serverClient.WaitForInterestAsync("persist.hub.server.0.x", TimeSpan.FromSeconds(10));
        await using var client = new ConatClient(new InProcessTransport(broker, ConatUser.Hub("hub")), new ConatClientOptions { InboxPrefix = ConatNames.HubInbox("hub") });
        await client.ConnectAsync();
        try
        {
            var rounds = quick ? 4 : 8;
            await using var ephemeral = Open(client, "hub/e", isEphemeral: true);
            await using var persistent = Open(client, "hub/p", isEphemeral: false);
            List<double> singles = [], batches = [], reads = [];
            for (var round = 0; round < rounds; round++)
            {
                singles.Add(await Singles(ephemeral, quick ? 20_000 : 50_000));
                batches.Add(await Batches(ephemeral, quick ? 50_000 : 100_000));
            }

            await Batches(persistent, Stored);
            for (var round = 0; round < rounds; round++)
            {
                reads.Add(await ReadAll(persistent));
            }

            return
            [
                Row.AtLeast(group, $"ephemeral set in process, {InFlight} in flight", "1/s", singles.Skip(1).Median(), 50_000),
                Row.Info(group, $"ephemeral setMany of {BatchMessages} in process", "messages/s", batches.Skip(1).Median()),
                Row.AtLeast(group, $"getAll of {Stored}", "messages/s", reads.Skip(1).Median(), 100_000),
            ];
        }
        finally
        {
            await server.DisposeAsync();
            Directory.Delete(root, recursive: true);
        }
    }

    private static ConatSocketConnector Open(ConatClient client, string path, bool isEphemeral)
    {
        var socket = client.ConnectSocket("persist.hub", new ConatSocketOptions { FindListener = _ => Task.FromResult("0") });
        socket.Write(new PersistOpen(path, isEphemeral).ToWire());
        return socket;
    }

    private static async Task<double> Singles(ConatSocketConnector socket, int count)
    {
        var options = new PublishOptions { Headers = new WireObject { [PersistHeaders.Command] = PersistCommands.Set }.Build(), Raw = new byte[Bytes] };
        var left = count;
        var begin = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, InFlight).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                await socket.RequestAsync(WireValue.Null, options);
            }
        })));
        return count / Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    private static async Task<double> Batches(ConatSocketConnector socket, int count)
    {
        var element = new WireObject
        {
            [PersistHeaders.MessageData] = new WireObject { [PersistHeaders.Encoding] = 0, [PersistHeaders.Raw] = new WireValue.Bytes(new byte[Bytes]) }.Build(),
        }.Build();
        var batch = new WireValue.Sequence(BatchMessages, Enumerable.Repeat<WireValue>(element, BatchMessages));
        var options = new PublishOptions { Headers = new WireObject { [PersistHeaders.Command] = PersistCommands.SetMany }.Build() };
        var begin = Stopwatch.GetTimestamp();
        for (var stored = 0; stored < count; stored += BatchMessages)
        {
            await socket.RequestAsync(batch, options);
        }

        return count / Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    private static async Task<double> ReadAll(ConatSocketConnector socket)
    {
        var options = new PublishOptions { Headers = new WireObject { [PersistHeaders.Command] = PersistCommands.GetAll }.Build() };
        var begin = Stopwatch.GetTimestamp();
        var count = 0;
        await foreach (var part in socket.RequestManyAsync(WireValue.Null, options))
        {
            if (part.Data is not WireValue.Items items)
            {
                break;
            }

            foreach (var item in items.Values)
            {
                count += StoredMessage.TryRead(item, out _) ? 1 : 0;
            }
        }

        return count == Stored ? count / Stopwatch.GetElapsedTime(begin).TotalSeconds : throw new InvalidOperationException($"{count} messages came.");
    }

    private sealed class Everything : IConatPermissions
    {
        public ValueTask<bool> IsAllowedAsync(ConatUser user, ReadOnlyMemory<char> subject, ConatAccess access, CancellationToken cancellationToken) => new(true);
    }
}
