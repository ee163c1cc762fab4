using System.Diagnostics;
using ProjectSilo.Benchmarks.Client;
using ProjectSilo.Benchmarks.Report;
using ProjectSilo.Benchmarks.Servers;

namespace ProjectSilo.Benchmarks.Measurements;

/// <summary>Large answers: the time must grow with the size and no faster.</summary>
internal static class OutputMeasurement
{
    public const string Group = "output";

    private static readonly int[] Megabytes = [1, 5, 10, 20];

    public static Task<IReadOnlyList<Row>> Run(Published published, bool quick)
    {
        using var daemon = ServerProcess.StartDaemon(published.Daemon);
        using var client = HubClient.ConnectHub(daemon.Port);
        var times = Megabytes.ToDictionary(size => size, _ => new List<double>());
        var rounds = quick ? 5 : 15;
        for (var round = 0; round < rounds; round++)
        {
            foreach (var size in Megabytes)
            {
                var bytes = size * 1_000_000;
                var begin = Stopwatch.GetTimestamp();
                var answer = client.Call(HubRequests.Print(bytes));
                times[size].Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
                if (answer.Bytes < bytes)
                {
                    throw new InvalidOperationException($"{bytes} bytes were printed, the answer has {answer.Bytes}.");
                }
            }
        }

        var medians = times.ToDictionary(entry => entry.Key, entry => entry.Value.Median());
        // What a MB more costs, far out and near: the fixed cost of a command is in neither.
        var near = (medians[10] - medians[1]) / 9;
        var far = (medians[20] - medians[10]) / 10;
        return Task.FromResult<IReadOnlyList<Row>>(
        [
            .. medians.Select(entry => Row.Info(Group, $"{entry.Key} MB, per MB", "ms", entry.Value / entry.Key)),
            Row.OfRatio(Group, "one MB more, from 10 to 20 MB", "ms", far, "from 1 to 10 MB", near, 1.3),
        ]);
    }
}
