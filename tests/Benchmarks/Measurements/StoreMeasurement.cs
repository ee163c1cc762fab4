using System.Diagnostics;
using ProjectSilo.Benchmarks.Report;
using ProjectSilo.Benchmarks.Servers;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Stores;
using ProjectSilo.Conat.Transports.SocketIo;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Benchmarks.Measurements;

/// <summary>How long until a second client of a standalone daemon sees what a first one sets, beside a bare request between the two.</summary>
internal static class StoreMeasurement
{
    public const string Group = "stores";

    private const string Bare = "a bare request";
    private const double Most = 3;
    private const string Subject = $"project.{ServerProcess.ProjectId}.benchmark";

    /// <summary>A server tells changes that follow one another within 30 ms together.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(40);

    public static async Task<IReadOnlyList<Row>> Run(Published published, bool quick)
    {
        using var daemon = ServerProcess.StartStandalone(published.Daemon);
        await using var one = await ConnectAsync(daemon);
        await using var two = await ConnectAsync(daemon);
        using var requests = await two.SubscribeAsync(Subject);
        var answering = AnswerAsync(two, requests);
        await using var kept = await StoreAsync(one, two, isEphemeral: false);
        await using var ephemeral = await StoreAsync(one, two, isEphemeral: true);
        var count = quick ? 50 : 200;
        List<double> bare = [], keptTimes = [], ephemeralTimes = [];
        for (var i = -20; i < count; i++)
        {
            await AddAsync(bare, i, async () => await one.RequestAsync(Subject, i));
            await AddAsync(keptTimes, i, () => kept.SetAsync(i));
            await AddAsync(ephemeralTimes, i, () => ephemeral.SetAsync(i));
        }

        requests.Dispose();
        await answering;
        return
        [
            Row.OfRatio(Group, "dkv set to change, on disk, p50", "µs", keptTimes.Median(), Bare, bare.Median(), Most),
            Row.OfRatio(Group, "dkv set to change, ephemeral, p50", "µs", ephemeralTimes.Median(), Bare, bare.Median(), Most),
            Row.Info(Group, "dkv set to change, on disk, p99", "µs", keptTimes.Percentile(0.99)).Beside(Bare, bare.Percentile(0.99)),
        ];
    }

    /// <summary>The first ones only warm up.</summary>
    private static async Task AddAsync(List<double> times, int n, Func<Task> act)
    {
        await Task.Delay(Pause);
        var start = Stopwatch.GetTimestamp();
        await act();
        if (n >= 0)
        {
            times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }
    }

    /// <summary>A client of the daemon's broker, as the project.</summary>
    public static async Task<ConatClient> ConnectAsync(ServerProcess daemon)
    {
        var client = new ConatClient(
            new SocketIoTransport(new SocketIoOptions
            {
                Address = new Uri($"http://127.0.0.1:{daemon.BrowserPort}"),
                Cookie = () => new(ConatNames.ProjectCookie("/", ServerProcess.ProjectId, ServerProcess.Token)),
            }),
            new ConatClientOptions { InboxPrefix = ConatNames.ProjectInbox(ServerProcess.ProjectId) });
        await client.ConnectAsync();
        return client;
    }

    private static async Task AnswerAsync(ConatClient client, ConatSubscription requests)
    {
        await foreach (var request in requests)
        {
            client.Respond(request, request.Data);
        }
    }

    private static async Task<Pair> StoreAsync(ConatClient one, ConatClient two, bool isEphemeral)
    {
        var options = new DkvOptions { Name = $"benchmark-{isEphemeral}", ProjectId = ServerProcess.ProjectId, IsEphemeral = isEphemeral, NoInventory = true };
        return new Pair(await one.OpenDkvAsync(options), await two.OpenDkvAsync(options));
    }

    /// <summary>The same store at both clients.</summary>
    private sealed class Pair : IAsyncDisposable
    {
        private readonly Dkv _one;
        private readonly Dkv _two;
        private TaskCompletionSource _changed = new();

        public Pair(Dkv one, Dkv two)
        {
            (_one, _two) = (one, two);
            two.Changed += _ => _changed.TrySetResult();
        }

        public async Task SetAsync(int value)
        {
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _one.Set("k", (WireValue)value);
            await _changed.Task.WaitAsync(TimeSpan.FromSeconds(10));
        }

        public async ValueTask DisposeAsync()
        {
            await _one.DisposeAsync();
            await _two.DisposeAsync();
        }
    }
}
