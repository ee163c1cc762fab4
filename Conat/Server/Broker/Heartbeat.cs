namespace ProjectSilo.Conat.Server.Broker;

/// <summary>Pings some time after opening and after each pong, and finds out who is mute (spec 05 §1.3).</summary>
internal sealed class Heartbeat : IDisposable
{
    private readonly ConatBrokerOptions _options;
    private readonly Action _ping;
    private readonly Action _mute;

    /// <summary>Protects whether a pong is due.</summary>
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private bool _isPongDue;

    /// <param name="options">The times.</param>
    /// <param name="time">Measures them.</param>
    /// <param name="ping">Sends a ping.</param>
    /// <param name="mute">Called when a pong didn't come in time.</param>
    public Heartbeat(ConatBrokerOptions options, TimeProvider time, Action ping, Action mute)
    {
        (_options, _ping, _mute) = (options, ping, mute);
        _timer = time.CreateTimer(static state => ((Heartbeat)state!).Elapsed(), this, options.PingInterval, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A pong came.</summary>
    public void Pong()
    {
        lock (_gate)
        {
            _isPongDue = false;
            _timer.Change(_options.PingInterval, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Elapsed()
    {
        bool isMute;
        lock (_gate)
        {
            isMute = _isPongDue;
            _isPongDue = true;
            if (!isMute)
            {
                _timer.Change(_options.PingTimeout, Timeout.InfiniteTimeSpan);
            }
        }

        (isMute ? _mute : _ping)();
    }
}
