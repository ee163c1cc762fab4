using ProjectSilo.Benchmarks.Measurements;
using ProjectSilo.Benchmarks.Report;

namespace ProjectSilo.Benchmarks;

/// <summary>Everything in order.</summary>
internal static class BenchmarkRun
{
    /// <returns>1 if a bar is passed.</returns>
    public static async Task<int> Run(string[] args)
    {
        BenchmarkOptions options;
        try
        {
            options = BenchmarkOptions.Parse(args);
        }
        catch (ArgumentException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 2;
        }

        var published = await Published.Create(options.Daemon);
        if (options.Filter == SettingsComparison.Group)
        {
            await SettingsComparison.Run(published.Daemon, options.Quick);
            return 0;
        }

        (string Group, Func<Task<IReadOnlyList<Row>>> Measure)[] groups =
        [
            (StartMeasurement.Group, () => StartMeasurement.Run(published, options.Quick)),
            (GrainCallMeasurement.Group, () => GrainCallMeasurement.Run(options.Quick)),
            (PingMeasurement.Group, () => PingMeasurement.Run(published, options.Quick)),
            (ExecMeasurement.Group, () => ExecMeasurement.Run(published, options.Quick)),
            (OutputMeasurement.Group, () => OutputMeasurement.Run(published, options.Quick)),
            (IsolationMeasurement.Group, () => IsolationMeasurement.Run(published, options.Quick)),
            (ListingMeasurement.Group, () => ListingMeasurement.Run(options.Quick)),
            (TerminalMeasurement.Group, () => TerminalMeasurement.Run(options.Quick)),
            (TerminalClientMeasurement.Group, () => TerminalClientMeasurement.Run(published, options.Quick)),
            (TextMeasurement.Group, () => TextMeasurement.Run(published, options.Quick)),
            (HttpMeasurement.Group, () => HttpMeasurement.Run(published, options.Quick)),
            (ConatMeasurement.Group, () => ConatMeasurement.Run(published, options.Quick)),
            (StoreMeasurement.Group, () => StoreMeasurement.Run(published, options.Quick)),
            (FormatterMeasurement.Group, () => FormatterMeasurement.Run(published, options.Quick)),
            (StatusMeasurement.Group, () => StatusMeasurement.Run(published, options.Quick)),
            (KernelMeasurement.Group, () => KernelMeasurement.Run(published, options.Quick)),
            (BrokerMeasurement.Group, () => BrokerMeasurement.Run(published, options.Quick)),
            (PersistMeasurement.Group, () => PersistMeasurement.Run(published, options.Quick)),
            (FileIsolationMeasurement.Group, () => FileIsolationMeasurement.Run(published, options.Quick)),
        ];
        List<Row> rows = [];
        Console.WriteLine($"{Environment.ProcessorCount} processors, load before: {File.ReadAllText("/proc/loadavg").Trim()}");
        foreach (var (group, measure) in groups)
        {
            if (options.Filter is null || group.Contains(options.Filter, StringComparison.Ordinal))
            {
                await Console.Error.WriteLineAsync($"measuring {group} ...");
                rows.AddRange(await measure());
            }
        }

        Console.WriteLine($"load after: {File.ReadAllText("/proc/loadavg").Trim()}\n");
        ReportTable.Print(rows);
        if (options.Json is { } path)
        {
            await ReportTable.WriteJson(rows, path);
        }

        return rows.Any(row => row.Ok == false) ? 1 : 0;
    }
}
