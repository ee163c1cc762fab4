using System.Diagnostics;
using System.Runtime.CompilerServices;
using Orleans;
using Orleans.Runtime;

namespace ProjectSilo.Grains.Tests.Runtime;

/// <summary>See <see cref="ISampleGrain"/>. Marks <c>"activated key"</c> and <c>"deactivated key code"</c>.</summary>
public sealed class SampleGrain : Grain, ISampleGrain
{
    public static readonly AsyncLocal<string?> AmbientText = new();

    private IGrainTimer? _timer;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Stage.Mark("activated " + this.GetPrimaryKeyString());
        if (this.GetPrimaryKeyString().StartsWith("broken", StringComparison.Ordinal))
        {
            await Task.Yield();
            throw new InvalidDataException("This grain does not activate.");
        }

        if (this.GetPrimaryKeyString().StartsWith("stuck", StringComparison.Ordinal))
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, CancellationToken.None);
        }
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        var key = this.GetPrimaryKeyString();
        Stage.Mark("deactivating " + key);
        if (key.StartsWith("slow", StringComparison.Ordinal))
        {
            await Stage.Pass("deactivate " + key, cancellationToken);
        }

        Stage.Mark($"deactivated {key} {reason.ReasonCode}");
    }

    public Task Hold(string gate) => Stage.Pass(gate);

    public Task HoldReading(string gate) => Stage.Pass(gate);

    public Task HoldBeside(string gate) => Stage.Pass(gate);

    public Task<int> BeginBeside()
    {
        var thread = AmbientText.Value is null ? Environment.CurrentManagedThreadId : 0;
        AmbientText.Value = "left by the grain";
        return Task.FromResult(thread);
    }

    public Task<bool> ContinueBeside() => ContinuesOnTurn();

    public async Task<bool> BeginsInTurn(string key)
    {
        var mine = Environment.CurrentManagedThreadId;
        var call = GrainFactory.GetGrain<ISampleGrain>(key).BeginBeside();
        Assert.True(SpinWait.SpinUntil(() => call.IsCompleted, TimeSpan.FromSeconds(20)));
        return await call == mine;
    }

    public Task Ping() => Task.CompletedTask;

    public Task<int> Add(int left, int right) => Task.FromResult(left + right);

    public ValueTask ReturnValueTask() => ValueTask.CompletedTask;

    public async ValueTask<string> Echo(string text)
    {
        await Task.Yield();
        return text;
    }

    public Task<string> Key() => Task.FromResult(this.GetPrimaryKeyString());

    public async Task Fault(string message)
    {
        await Task.Yield();
        throw new InvalidDataException(message);
    }

    public Task ThrowAtOnce(string message) => throw new InvalidDataException(message);

    public async ValueTask<int> ThrowFromValueTask(string message)
    {
        await Task.Yield();
        throw new InvalidDataException(message);
    }

    public async Task ThrowCanceled()
    {
        await Task.Yield();
        throw new OperationCanceledException("by the grain");
    }

    public async Task HoldUntilCanceled(string gate, CancellationToken cancellationToken)
    {
        try
        {
            await Stage.Pass(gate, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Stage.Mark("canceled " + gate);
            throw;
        }
    }

    public Task HoldBriefly(string gate) => Stage.Pass(gate);

    public async Task<string?> ActivityId()
    {
        await Task.Yield();
        return Activity.Current?.TraceId.ToString();
    }

    public Task<string?> Ambient()
    {
        var found = AmbientText.Value;
        AmbientText.Value = "left by the grain";
        return Task.FromResult(found);
    }

    public async Task<bool> ContinuesOnTurn()
    {
        var scheduler = TaskScheduler.Current;
        await Task.Yield();
        await Task.Run(static () => { });
        return scheduler != TaskScheduler.Default && scheduler == TaskScheduler.Current;
    }

    public Task Deactivate()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task<int> CallOther(string key, int left, int right) => GrainFactory.GetGrain<ISampleGrain>(key).Add(left, right);

    public Task Delay(TimeSpan time)
    {
        DelayDeactivation(time);
        return Task.CompletedTask;
    }

    public Task StartTimer(string gate, TimeSpan dueTime, TimeSpan period, bool interleave, bool keepAlive)
    {
        _timer = this.RegisterGrainTimer(
            static (name, token) => Stage.Pass(name, token), gate, new GrainTimerCreationOptions(dueTime, period) { Interleave = interleave, KeepAlive = keepAlive });
        return Task.CompletedTask;
    }

    public Task StopTimer()
    {
        _timer?.Dispose();
        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<int> Count(int limit, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (var number = 0; number < limit; number++)
        {
            Stage.Mark("counted " + this.GetPrimaryKeyString());
            yield return number;
        }

        await Task.CompletedTask;
    }

    public async IAsyncEnumerable<int> Fail(string gate, string message)
    {
        yield return 0;
        await Stage.Pass(gate);
        throw new InvalidDataException(message);
    }

    public async IAsyncEnumerable<int> Watch(string gate, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        try
        {
            yield return 0;
            await Stage.Pass(gate, cancellationToken);
            yield return 1;
        }
        finally
        {
            Stage.Mark("ended " + gate);
        }
    }
}
