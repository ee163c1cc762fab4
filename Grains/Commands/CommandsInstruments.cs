using System.Diagnostics.Metrics;

namespace ProjectSilo.Grains.Commands;

/// <summary>Metrics of commands and jobs.</summary>
internal static class CommandsInstruments
{
    private static readonly Meter Meter = new("ProjectSilo.Commands");
    private static readonly UpDownCounter<long> Commands = Meter.CreateUpDownCounter<long>("projectsilo.commands.running", description: "Commands that somebody waits for.");
    private static readonly UpDownCounter<long> Jobs = Meter.CreateUpDownCounter<long>("projectsilo.jobs.running", description: "Asynchronous jobs that have not ended.");
    private static readonly Counter<long> Ended = Meter.CreateCounter<long>("projectsilo.commands.ended", description: "Commands and jobs by how they ended.");

    public static void CommandStarted() => Commands.Add(1);

    public static void CommandEnded() => Commands.Add(-1);

    public static void JobStarted() => Jobs.Add(1);

    public static void JobEnded() => Jobs.Add(-1);

    /// <summary>A run has ended, waited for or as a job.</summary>
    public static void RunEnded(CommandOutcome outcome) => Ended.Add(1, new KeyValuePair<string, object?>("outcome", outcome switch
    {
        { TimedOut: true } => "killed",
        { NotStarted: not null } => "not started",
        { ExitCode: 0 } => "success",
        _ => "nonzero exit",
    }));
}
