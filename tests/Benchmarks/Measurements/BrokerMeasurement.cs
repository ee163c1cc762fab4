using System.Globalization;
using ProjectSilo.Benchmarks.Client;
using ProjectSilo.Benchmarks.Report;
using ProjectSilo.Benchmarks.Servers;

namespace ProjectSilo.Benchmarks.Measurements;

/// <summary>What the broker costs for each message and each client, beside the real socket.io.</summary>
internal static class BrokerMeasurement
{
    public const string Group = "broker";

    private const string Node = "socket.io on node";
    private const string Subject = $"project.{ServerProcess.ProjectId}.benchmark";
    private const string Cookie = $"project_secret={ServerProcess.Token}; project_id={ServerProcess.ProjectId}";

    public static async Task<IReadOnlyList<Row>> Run(Published published, bool quick)
    {
        await NodeClient.Install();
        using var daemon = ServerProcess.StartStandalone(published.Daemon, "PROJECTSILO_Conat__MaxConnectionsPerUser=10000");
        using var node = ServerProcess.StartNode(Published.Script("socketio-server.mjs"));
        var rounds = quick ? 3 : 7;
        var one = new Load(Receivers: 1, PayloadBytes: 64, Batch: 64, Batches: quick ? 500 : 1_500);
        var fanOut = new Load(Receivers: 100, PayloadBytes: 64, Batch: 8, Batches: quick ? 40 : 120);
        var large = new Load(Receivers: 1, PayloadBytes: 1_000_000, Batch: 1, Batches: quick ? 100 : 300);
        var rows = new List<Row>
        {
            Compare("CPU per message of 64 B", "µs", one, 1d / 3),
            Compare("CPU per receiver, 1 to 100", "µs", fanOut, 1d / 3),
            Compare("CPU per message of 1 MB", "µs", large, most: null),
        };
        rows.Add(Row.AtMost(Group, "allocated per message of 64 B", "B", await AllocatedAsync(daemon, one), 16));
        rows.Add(Row.AtMost(Group, "memory per idle client", "kB", await IdleAsync(published, quick), 30));
        return rows;

        Row Compare(string what, string unit, Load load, double? most)
        {
            using var ours = new Clients(daemon.BrowserPort, load);
            using var theirs = new Clients(node.Port, load);

            // Both servers compile their hot paths first.
            ours.Run(daemon.Pid);
            theirs.Run(node.Pid);
            List<double> ourTimes = [], theirTimes = [];
            for (var round = 0; round < rounds; round++)
            {
                ourTimes.Add(ours.Run(daemon.Pid));
                theirTimes.Add(theirs.Run(node.Pid));
            }

            return most is { } bar
                ? Row.OfRatio(Group, what, unit, ourTimes.Median(), Node, theirTimes.Median(), bar)
                : Row.Info(Group, what, unit, ourTimes.Median()).Beside(Node, theirTimes.Median());
        }
    }

    private static async Task<double> AllocatedAsync(ServerProcess daemon, Load load)
    {
        using var clients = new Clients(daemon.BrowserPort, load);
        using var http = new HttpClient();
        clients.Run(daemon.Pid);
        await ReadAsync();
        var before = await ReadAsync();
        var idle = await ReadAsync() - before;
        before = await ReadAsync();
        clients.Run(daemon.Pid);
        return (await ReadAsync() - before - idle) / load.Deliveries;

        async Task<double> ReadAsync()
        {
            const string Name = "dotnet_gc_allocated_bytes_total";
            var text = await http.GetStringAsync(new Uri($"http://127.0.0.1:{daemon.BrowserPort}/metrics"));
            return double.Parse(text.Split('\n').First(line => line.StartsWith(Name, StringComparison.Ordinal)).Split(' ')[^1], CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Each is signed in and has a subscription.</summary>
    private static async Task<double> IdleAsync(Published published, bool quick)
    {
        const int Count = 1_000;
        using var daemon = ServerProcess.StartStandalone(published.Daemon, "PROJECTSILO_Conat__MaxConnectionsPerUser=10000");
        using (var first = new BrokerClient(daemon.BrowserPort, Cookie, Subject))
        {
            // What is loaded once doesn't count.
        }

        // Long enough for the daemon to find that it is idle and give memory back.
        var rest = TimeSpan.FromSeconds(quick ? 15 : 25);
        await Task.Delay(rest);
        var before = ProcessFigures.Memory(daemon.Pid).Rss;
        var clients = new List<BrokerClient>();
        for (var i = 0; i < Count; i++)
        {
            clients.Add(new BrokerClient(daemon.BrowserPort, Cookie, $"{Subject}.{i}"));
        }

        await Task.Delay(rest);
        var after = ProcessFigures.Memory(daemon.Pid).Rss;
        clients.ForEach(client => client.Dispose());
        return (after - before) * 1024 / Count;
    }

    /// <param name="Receivers">Subscribers of the one subject.</param>
    /// <param name="PayloadBytes">Of each message.</param>
    /// <param name="Batch">Messages sent before their acks are waited for.</param>
    /// <param name="Batches">So often.</param>
    private sealed record Load(int Receivers, int PayloadBytes, int Batch, int Batches)
    {
        public double Deliveries => (double)Receivers * Batch * Batches;
    }

    private sealed class Clients : IDisposable
    {
        private readonly Load _load;
        private readonly byte[] _batch;
        private readonly BrokerClient _publisher;
        private readonly List<BrokerClient> _receivers = [];

        public Clients(int port, Load load)
        {
            _load = load;
            _batch = BrokerClient.Messages(Subject, load.PayloadBytes, load.Batch);
            _publisher = new BrokerClient(port, Cookie, subject: null);
            for (var i = 0; i < load.Receivers; i++)
            {
                _receivers.Add(new BrokerClient(port, Cookie, Subject));
            }
        }

        /// <returns>Microseconds of processor time of the server for each message that was delivered.</returns>
        public double Run(int pid)
        {
            var before = ProcessFigures.CpuSeconds(pid);
            for (var i = 0; i < _load.Batches; i++)
            {
                _publisher.Send(_batch);
                _receivers.ForEach(receiver => receiver.ReadMessages(_load.Batch));
                _publisher.ReadAcks(_load.Batch);
            }

            return 1e6 * (ProcessFigures.CpuSeconds(pid) - before) / _load.Deliveries;
        }

        public void Dispose()
        {
            _publisher.Dispose();
            _receivers.ForEach(receiver => receiver.Dispose());
        }
    }
}
