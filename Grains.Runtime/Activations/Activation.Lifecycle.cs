using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using ProjectSilo.Grains.Runtime.Calls;
using ProjectSilo.Grains.Runtime.Streaming;
using ProjectSilo.Grains.Runtime.Timers;

namespace ProjectSilo.Grains.Runtime.Activations;

// Creation, idleness and end.
internal sealed partial class Activation
{
    private readonly TaskCompletionSource _deactivated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HashSet<GrainCall> _enumerations = [];
    private readonly HashSet<GrainTimer> _timers = [];
    private DeactivationReason? _deactivation;
    private long _lastActive;
    private DateTimeOffset _keepAliveUntil = DateTimeOffset.MinValue;

    /// <summary>A stopping silo still serves what has reached its activations; otherwise waiting requests are for the next activation.</summary>
    private bool ServesWhileStopping => _deactivation?.ReasonCode == DeactivationReasonCode.ShuttingDown;

    /// <summary>Begins to create the grain. Called once, after requests can find this activation and when it has the one that it was made for.</summary>
    public void Start() => _ = _turns.RunAsync(CreateAsync);

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            _deactivation ??= deactivationReason;
            BeginDeactivatingIfDue();
        }
    }

    /// <summary>Ends the activation although requests still run: half of the time to stop has passed.</summary>
    public void DeactivateBusy()
    {
        lock (_gate)
        {
            BeginDeactivatingIfDue(evenIfBusy: true);
        }
    }

    public void DelayDeactivation(TimeSpan timeSpan)
    {
        lock (_gate)
        {
            var now = Silo.TimeProvider.GetUtcNow();
            _keepAliveUntil = timeSpan == TimeSpan.MaxValue || timeSpan == Timeout.InfiniteTimeSpan || timeSpan > DateTimeOffset.MaxValue - now ? DateTimeOffset.MaxValue
                : timeSpan <= TimeSpan.Zero ? DateTimeOffset.MinValue
                : now + timeSpan;
        }
    }

    /// <summary>Does what is due: late requests, idleness.</summary>
    public void Tick(long timestamp)
    {
        lock (_gate)
        {
            DropLate(timestamp);
            if (_phase == Phase.Active && _deactivation is null && IsIdle(timestamp))
            {
                _deactivation = new DeactivationReason(DeactivationReasonCode.ActivationIdle, "No request came for the collection age.");
                BeginDeactivatingIfDue();
            }
        }
    }

    /// <summary>Takes a timer to stop when the activation ends. False if it ends already.</summary>
    public bool Add(GrainTimer timer)
    {
        lock (_gate)
        {
            return _phase < Phase.Deactivating && _timers.Add(timer);
        }
    }

    public void Remove(GrainTimer timer)
    {
        lock (_gate)
        {
            _timers.Remove(timer);
        }
    }

    private bool IsIdle(long timestamp) =>
        _running == 0 && _openEnumerations == 0 && _waiting is not { Count: > 0 }
        && Silo.TimeProvider.GetElapsedTime(_lastActive, timestamp) >= Silo.CollectionAge
        && _keepAliveUntil <= Silo.TimeProvider.GetUtcNow();

    private void BeginDeactivatingIfDue(bool evenIfBusy = false)
    {
        if (_phase != Phase.Active || _deactivation is not { } reason)
        {
            return;
        }

        if (evenIfBusy || (_running == 0 && (!ServesWhileStopping || _waiting is not { Count: > 0 })))
        {
            _phase = Phase.Deactivating;
            _ = _turns.RunAsync(() => DeactivateAsync(reason));
        }
    }

    private async Task CreateAsync()
    {
        try
        {
            _scope = Silo.Services.CreateAsyncScope();
            RuntimeContext.Current = this;
            try
            {
                // Not ActivatorUtilities.CreateFactory: it compiles expression trees, which costs more at start than it gains here.
                GrainInstance = ActivatorUtilities.CreateInstance(_scope.ServiceProvider, _class.Type);
            }
            finally
            {
                RuntimeContext.Current = null;
            }

            await ((IGrainBase)GrainInstance).OnActivateAsync(Silo.Aborted).WaitAsync(Silo.Aborted);
        }
        catch (Exception exception)
        {
            Silo.OnActivationFailed(GrainId, exception);
            await EndAsync(Silo.Aborted.IsCancellationRequested
                ? new SiloUnavailableException($"The silo stopped before grain {GrainId} was active", exception)
                : exception);
            return;
        }

        lock (_gate)
        {
            _phase = Phase.Active;
            _lastActive = Silo.TimeProvider.GetTimestamp();
            BeginWaiting();
            BeginDeactivatingIfDue();
        }
    }

    private async Task DeactivateAsync(DeactivationReason reason)
    {
        StopTimers();
        using var deadline = new CancellationTokenSource(Silo.DeactivationTimeout, Silo.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, Silo.Aborted);
        try
        {
            await ((IGrainBase)GrainInstance!).OnDeactivateAsync(reason, either.Token).WaitAsync(either.Token);
        }
        catch (Exception exception)
        {
            // The activation ends whatever its grain does; a new one may start clean.
            Silo.OnDeactivationFailed(GrainId, exception);
        }

        await AbortEnumerationsAsync(either.Token);
        await EndAsync(failure: null);
    }

    /// <summary>
    /// Leaves the table and hands the waiting requests to the next activation, or, if this one never was, answers them with <paramref name="failure"/>.
    /// </summary>
    private async Task EndAsync(Exception? failure)
    {
        StopTimers();
        await DisposeGrainAsync();
        Silo.Remove(this);
        List<GrainCall> left;
        List<GrainCall> running = [];
        lock (_gate)
        {
            _phase = Phase.Ended;
            left = [.. _waiting ?? []];
            _waiting = null;
            foreach (var call in left)
            {
                RemoveOutstanding(call);
            }

            while (_outstanding is { } call)
            {
                RemoveOutstanding(call);
                running.Add(call);
            }
        }

        foreach (var call in running)
        {
            // Only when the silo could not wait for it. Nobody looks after its response timeout any more.
            call.Refuse(new SiloUnavailableException($"Grain {GrainId} ended while {call.InterfaceName}.{call.MethodName} ran"));
        }

        foreach (var call in left)
        {
            if (failure is not null)
            {
                call.Refuse(failure);
            }
            else if (call.MovesOn && !call.IsAbandoned)
            {
                Silo.Dispatch(call);
            }
        }

        _deactivated.SetResult();
    }

    private async Task DisposeGrainAsync()
    {
        try
        {
            switch (GrainInstance)
            {
                case IAsyncDisposable grain:
                    await grain.DisposeAsync();
                    break;
                case IDisposable grain:
                    grain.Dispose();
                    break;
            }

            await _scope.DisposeAsync();
        }
        catch (Exception exception)
        {
            Silo.OnDeactivationFailed(GrainId, exception);
        }
    }

    private void StopTimers()
    {
        GrainTimer[] timers;
        lock (_gate)
        {
            timers = [.. _timers];
            _timers.Clear();
        }

        foreach (var timer in timers)
        {
            timer.Dispose();
        }
    }

    private async Task AbortEnumerationsAsync(CancellationToken cancellationToken)
    {
        // Enumerations that OnDeactivateAsync let end have their last turn before those that are open are cut off.
        await Task.Yield();
        GrainCall[] open;
        lock (_gate)
        {
            open = [.. _enumerations];
        }

        var ended = open.Select(static call => ((IEnumerationCall)call).AbortAsync());
        try
        {
            await Task.WhenAll(ended).WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException exception)
        {
            Silo.OnDeactivationFailed(GrainId, exception);
        }
    }
}
