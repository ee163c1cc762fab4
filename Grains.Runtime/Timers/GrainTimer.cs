using Orleans.Runtime;
using ProjectSilo.Grains.Runtime.Activations;

namespace ProjectSilo.Grains.Runtime.Timers;

/// <summary>A timer whose callback is a request of the grain to itself, so that it takes its turn like any other.</summary>
internal sealed class GrainTimer : IGrainTimer
{
    private readonly Activation _activation;
    private readonly Func<CancellationToken, Task> _callback;
    private readonly CancellationTokenSource _disposed = new();
    private readonly ITimer _timer;

    // Protects the fields below.
    private readonly Lock _gate = new();
    private TimeSpan _period;
    private TimeSpan? _dueAfterTick;
    private bool _ticking;
    private bool _ended;

    public GrainTimer(Activation activation, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        Check(options.DueTime, options.Period);
        _activation = activation;
        _callback = callback;
        _period = options.Period;
        Interleave = options.Interleave;
        KeepAlive = options.KeepAlive;
        var flow = ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow();
        try
        {
            _timer = activation.Silo.TimeProvider.CreateTimer(
                static timer => ((GrainTimer)timer!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
        finally
        {
            flow.Dispose();
        }

        if (activation.Add(this))
        {
            _timer.Change(options.DueTime, Timeout.InfiniteTimeSpan);
        }
        else
        {
            Dispose();
        }
    }

    public bool Interleave { get; }

    public bool KeepAlive { get; }

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        Check(dueTime, period);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            _period = period;
            if (_ticking)
            {
                _dueAfterTick = dueTime;
            }
            else
            {
                _timer.Change(dueTime, Timeout.InfiniteTimeSpan);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_ended)
            {
                return;
            }

            _ended = true;
        }

        _timer.Dispose();
        _activation.Remove(this);
        _disposed.Cancel();
    }

    /// <summary>Runs the callback; called as a turn.</summary>
    public async Task TickAsync()
    {
        try
        {
            if (!_disposed.IsCancellationRequested)
            {
                await _callback(_disposed.Token);
            }
        }
        catch (Exception exception) when (!_disposed.IsCancellationRequested)
        {
            // Nobody waits for a timer: the log is where its failure is seen, and it goes on.
            _activation.Silo.OnTimerFailed(_activation.GrainId, exception);
        }
        catch (OperationCanceledException)
        {
            // The callback heeded the end of its timer.
        }
    }

    /// <summary>The callback has ended, or was never begun: the next period starts.</summary>
    public void OnTickEnded()
    {
        lock (_gate)
        {
            _ticking = false;
            if (!_ended)
            {
                _timer.Change(_dueAfterTick ?? _period, Timeout.InfiniteTimeSpan);
                _dueAfterTick = null;
            }
        }
    }

    private static void Check(TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime != Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(dueTime, TimeSpan.Zero);
        }

        if (period != Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(period, TimeSpan.Zero);
        }
    }

    private void Fire()
    {
        lock (_gate)
        {
            if (_ended || _ticking)
            {
                return;
            }

            _ticking = true;
        }

        _activation.Enqueue(new TimerCall(this, _activation.GrainId));
    }
}
