using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ProjectSilo.Grains.Native;

/// <summary>Traces and metrics of child processes and blocking work.</summary>
internal static class NativeInstruments
{
    /// <summary>A span per child process, from its start to its end. Arguments are never recorded: they may hold secrets.</summary>
    public static readonly ActivitySource Source = new("ProjectSilo.Native");

    private static readonly Meter Meter = new("ProjectSilo.Native");

    private static readonly Counter<long> Started = Meter.CreateCounter<long>("projectsilo.children.started", description: "Child processes started.");

    private static long _running;

    static NativeInstruments()
    {
        Meter.CreateObservableGauge("projectsilo.children.running", () => RunningChildren, description: "Child processes not yet reaped.");
        Meter.CreateObservableGauge("projectsilo.blocking_work.queued", () => BlockingWork.Queued, description: "Blocking operations waiting for a thread.");
    }

    public static long RunningChildren => Interlocked.Read(ref _running);

    public static void ChildStarted()
    {
        Interlocked.Increment(ref _running);
        Started.Add(1);
    }

    public static void ChildEnded() => Interlocked.Decrement(ref _running);
}
