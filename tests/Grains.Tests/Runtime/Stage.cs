using System.Collections.Concurrent;

namespace ProjectSilo.Grains.Tests.Runtime;

/// <summary>
/// Where tests and grains of one process meet: gates that a test opens, and marks that a grain leaves. Names are unique to a test
/// (<see cref="NewName"/>), so that tests can share it.
/// </summary>
internal static class Stage
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly ConcurrentDictionary<string, TaskCompletionSource> Signals = new();
    private static readonly ConcurrentDictionary<string, int> Counts = new();

    public static string NewName() => Guid.NewGuid().ToString("N");

    /// <summary>A grain reports that it got to a point.</summary>
    public static void Mark(string name)
    {
        Counts.AddOrUpdate(name, 1, static (_, count) => count + 1);
        Signal(name).TrySetResult();
    }

    /// <summary>How often a point was reached.</summary>
    public static int Marks(string name) => Counts.GetValueOrDefault(name);

    /// <summary>A test waits until a grain has got to a point.</summary>
    public static Task Reached(string name) => Signal(name).Task.Within();

    /// <summary>A test opens a gate.</summary>
    public static void Open(string gate) => Signal("open " + gate).TrySetResult();

    /// <summary>A grain waits at a gate, having marked <c>"in gate"</c>; passing it, it marks <c>"out gate"</c>.</summary>
    public static async Task Pass(string gate, CancellationToken cancellationToken = default)
    {
        Mark("in " + gate);
        await Signal("open " + gate).Task.WaitAsync(Patience, cancellationToken);
        Mark("out " + gate);
    }

    public static Task Within(this Task task) => task.WaitAsync(Patience);

    public static Task<T> Within<T>(this Task<T> task) => task.WaitAsync(Patience);

    /// <summary>Waits until <paramref name="condition"/> holds, where nothing signals it.</summary>
    public static async Task Until(Func<bool> condition)
    {
        var deadline = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        while (!condition())
        {
            Assert.True(Environment.TickCount64 < deadline, "The condition did not come true in time.");
            await Task.Delay(5);
        }
    }

    private static TaskCompletionSource Signal(string name) =>
        Signals.GetOrAdd(name, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
