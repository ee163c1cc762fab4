using System.Collections.Concurrent;
using Orleans;

namespace ProjectSilo.Grains.Tests.Runtime;

public sealed class StressGrain : Grain, IStressGrain
{
    // Not thread-safe, on purpose: that turns exclude each other is what is tested.
    private int _onTurn;
    private int _exclusive;
    private int _reading;
    private int _activation;

    public static ConcurrentQueue<string> Violations { get; } = new();

    public static ConcurrentDictionary<string, int> Living { get; } = new();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Check(Living.AddOrUpdate(this.GetPrimaryKeyString(), 1, static (_, living) => living + 1) == 1, "two activations at a time");
        await Task.Yield();
        _activation++;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Check(_exclusive == 0 && _reading == 0, "deactivated while a request runs");
        await Task.Yield();
        Living.AddOrUpdate(this.GetPrimaryKeyString(), 0, static (_, living) => living - 1);
    }

    public async Task<int> Exclusive(int waits)
    {
        Check(_exclusive == 0 && _reading == 0, "exclusive beside another");
        _exclusive++;
        await TurnsAsync(waits);
        _exclusive--;
        return _activation;
    }

    public async Task<int> Reading(int waits)
    {
        Check(_exclusive == 0, "reading beside exclusive");
        _reading++;
        await TurnsAsync(waits);
        _reading--;
        return _activation;
    }

    public async ValueTask<int> Beside(int waits)
    {
        await TurnsAsync(waits);
        return _activation;
    }

    public async Task<int> ExclusiveThenDeactivate()
    {
        DeactivateOnIdle();
        return await Exclusive(1);
    }

    public async IAsyncEnumerable<int> Items(int count)
    {
        for (var number = 0; number < count; number++)
        {
            await TurnsAsync(1);
            yield return number;
        }
    }

    private static void Check(bool holds, string violation)
    {
        if (!holds)
        {
            Violations.Enqueue(violation);
        }
    }

    private async Task TurnsAsync(int waits)
    {
        for (var wait = 0; wait <= waits; wait++)
        {
            Check(Interlocked.Increment(ref _onTurn) == 1, "two turns at a time");
            Thread.SpinWait(50);
            Interlocked.Decrement(ref _onTurn);
            await (wait % 2 == 0 ? Task.Run(static () => { }) : YieldAsync());
        }
    }

    private static async Task YieldAsync() => await Task.Yield();
}
