using Orleans;
using Orleans.Concurrency;

namespace ProjectSilo.Grains.Tests.Runtime;

/// <summary>A grain with one method of each kind. A test steers it through gates: a method that takes a gate waits until the test opens it.</summary>
[Alias("sample")]
public interface ISampleGrain : IGrainWithStringKey
{
    /// <summary>Enters, waits for the gate, leaves.</summary>
    Task Hold(string gate);

    [ReadOnly]
    Task HoldReading(string gate);

    [AlwaysInterleave]
    Task HoldBeside(string gate);

    /// <summary>The thread on which it begins; 0 if something of the caller's context came along.</summary>
    [AlwaysInterleave]
    Task<int> BeginBeside();

    /// <summary><see cref="ContinuesOnTurn"/>.</summary>
    [AlwaysInterleave]
    Task<bool> ContinueBeside();

    /// <summary>Whether <see cref="BeginBeside"/> of another grain begins on the thread of this turn, which does nothing else until then.</summary>
    Task<bool> BeginsInTurn(string key);

    Task Ping();

    Task<int> Add(int left, int right);

    ValueTask ReturnValueTask();

    ValueTask<string> Echo(string text);

    Task<string> Key();

    Task Fault(string message);

    Task ThrowAtOnce(string message);

    ValueTask<int> ThrowFromValueTask(string message);

    Task ThrowCanceled();

    Task HoldUntilCanceled(string gate, CancellationToken cancellationToken);

    [ResponseTimeout("00:00:01")]
    Task HoldBriefly(string gate);

    Task<string?> ActivityId();

    Task<string?> Ambient();

    /// <summary>The scheduler before and after a wait: whether the continuation came back to the turn.</summary>
    Task<bool> ContinuesOnTurn();

    Task Deactivate();

    Task<int> CallOther(string key, int left, int right);

    Task Delay(TimeSpan time);

    Task StartTimer(string gate, TimeSpan dueTime, TimeSpan period, bool interleave, bool keepAlive);

    Task StopTimer();

    IAsyncEnumerable<int> Count(int limit, CancellationToken cancellationToken = default);

    /// <summary>Yields 0, then waits for the gate, then fails with <paramref name="message"/>.</summary>
    IAsyncEnumerable<int> Fail(string gate, string message);

    /// <summary>Yields 0, then waits for the gate or cancellation; says so when it ends.</summary>
    IAsyncEnumerable<int> Watch(string gate, CancellationToken cancellationToken = default);
}
