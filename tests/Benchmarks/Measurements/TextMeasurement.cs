using System.Diagnostics;
using System.Text;
using ProjectSilo.Benchmarks.Client;
using ProjectSilo.Benchmarks.Report;
using ProjectSilo.Benchmarks.Servers;

namespace ProjectSilo.Benchmarks.Measurements;

/// <summary>Texts of 1 MB over the hub's port. A write is beside the calls that make one safe: write, fsync, rename, in the same folder.</summary>
internal static class TextMeasurement
{
    public const string Group = "files text";

    private const int Bytes = 1_000_000;

    /// <summary>Calls until what is warm has been compiled anew.</summary>
    private const int WarmUp = 300;
    private const string BareRead = "open, read";
    private const string BareWrite = "write, fsync, rename";
    private const string Orientation = "6 for orientation";

    public static Task<IReadOnlyList<Row>> Run(Published published, bool quick)
    {
        using var daemon = ServerProcess.StartDaemon(published.Daemon);
        using var client = HubClient.ConnectHub(daemon.Port);
        // Lines, as texts have them: each end of a line is an escape in JSON.
        var line = new string('x', 79) + "\n";
        var content = string.Concat(Enumerable.Repeat(line, Bytes / line.Length));
        var write = HubRequests.WriteText("ours.txt", content);
        var read = HubRequests.ReadText("ours.txt");
        client.Call(write);
        client.Call(read);
        var encoded = Encoding.UTF8.GetBytes(content);
        var path = Path.Join(daemon.Folder, "bare.txt");
        var count = quick ? 30 : 100;
        HubLoad.Times(client, write, WarmUp);
        HubLoad.Times(client, read, WarmUp);
        Times(() => WriteBare(path, encoded), WarmUp);
        List<double[]> reads = [], bareReads = [], writes = [], bareWrites = [];
        var rounds = quick ? 3 : 9;
        for (var round = 0; round < rounds; round++)
        {
            reads.Add(HubLoad.Times(client, read, count));
            bareReads.Add(Times(() => File.ReadAllBytes(path), count));
            writes.Add(HubLoad.Times(client, write, count));
            bareWrites.Add(Times(() => WriteBare(path, encoded), count));
        }

        return Task.FromResult<IReadOnlyList<Row>>(
        [
            Row.Info(Group, "read of 1 MB p50", "ms", OfRank(reads, 0.5)).Beside(BareRead, OfRank(bareReads, 0.5)) with { Bar = Orientation },
            Row.Info(Group, "read of 1 MB p99", "ms", OfRank(reads, 0.99)).Beside(BareRead, OfRank(bareReads, 0.99)),
            Row.OfRatio(Group, "write of 1 MB p50", "ms", OfRank(writes, 0.5), BareWrite, OfRank(bareWrites, 0.5), 2),
            Row.Info(Group, "write of 1 MB p99", "ms", OfRank(writes, 0.99)).Beside(BareWrite, OfRank(bareWrites, 0.99)),
        ]);
    }

    private static double OfRank(List<double[]> rounds, double rank) => rounds.Select(times => times.Percentile(rank)).Median() / 1000;

    private static double[] Times(Action action, int count)
    {
        var times = new double[count];
        for (var i = 0; i < count; i++)
        {
            var begin = Stopwatch.GetTimestamp();
            action();
            times[i] = Stopwatch.GetElapsedTime(begin).TotalMicroseconds;
        }

        return times;
    }

    private static void WriteBare(string path, byte[] content)
    {
        var temporary = path + ".new";
        using (var file = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(file, content, 0);
            RandomAccess.FlushToDisk(file);
        }

        File.Move(temporary, path, overwrite: true);
    }
}
