namespace ProjectSilo.Conat.Server.Broker;

/// <summary>Sends <c>info</c> until it is acked: again after growing pauses, for two minutes (spec 05 §2.2).</summary>
internal sealed class InfoSender : IDisposable
{
    private const double PauseGrowth = 1.3;

    private static readonly TimeSpan AckTimeout = TimeSpan.FromMilliseconds(7500);
    private static readonly TimeSpan MaxPause = TimeSpan.FromMilliseconds(30_000);
    private static readonly TimeSpan GiveUp = TimeSpan.FromSeconds(120);

    private readonly Action<long> _send;
    private readonly TimeProvider _time;
    private readonly long _started;

    /// <summary>Protects the rest.</summary>
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private TimeSpan _pause = TimeSpan.FromMilliseconds(6500);
    private long _nextAckId;
    private bool _isDone;

    /// <param name="firstAckId">The first <c>info</c> has this ack id, the others the following ones.</param>
    /// <param name="time">Measures the pauses.</param>
    /// <param name="send">Sends <c>info</c> with an ack id.</param>
    public InfoSender(long firstAckId, TimeProvider time, Action<long> send)
    {
        (_nextAckId, _time, _send) = (firstAckId, time, send);
        _started = time.GetTimestamp();
        _timer = time.CreateTimer(static state => ((InfoSender)state!).Send(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Send();
    }

    /// <summary>The ack id that comes next.</summary>
    public long NextAckId
    {
        get
        {
            lock (_gate)
            {
                return _nextAckId;
            }
        }
    }

    /// <summary>An ack came; if it is of an <c>info</c>, that's it.</summary>
    public void Acked(long ackId)
    {
        lock (_gate)
        {
            if (ackId < _nextAckId)
            {
                _isDone = true;
                _timer.Dispose();
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDone = true;
            _timer.Dispose();
        }
    }

    private void Send()
    {
        long ackId;
        lock (_gate)
        {
            if (_isDone || _time.GetElapsedTime(_started) > GiveUp)
            {
                return;
            }

            ackId = _nextAckId++;
            _timer.Change(AckTimeout + _pause, Timeout.InfiniteTimeSpan);
            _pause = TimeSpan.FromMilliseconds(Math.Min(_pause.TotalMilliseconds * PauseGrowth, MaxPause.TotalMilliseconds));
        }

        _send(ackId);
    }
}
