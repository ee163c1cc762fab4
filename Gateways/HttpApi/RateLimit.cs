namespace ProjectSilo.Gateways.HttpApi;

/// <summary>
/// Counts requests in fixed windows (spec 03 §4). One counter for all: the API is bound to a loopback address, of which a client may choose its own at will.
/// </summary>
internal sealed class RateLimit(int requestsPerWindow, TimeSpan window, TimeProvider time)
{
    /// <summary>Guards the two fields below.</summary>
    private readonly Lock _lock = new();
    private DateTimeOffset _end;
    private int _count;

    /// <summary>Counts a request.</summary>
    public RateLimitState Count()
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            // The second condition: the clock was set back.
            if (now >= _end || _end - now > window)
            {
                _end = now + window;
                _count = 0;
            }

            var isAllowed = _count < requestsPerWindow;
            _count = isAllowed ? _count + 1 : _count;
            return new RateLimitState(isAllowed, requestsPerWindow, requestsPerWindow - _count, _end, _end - now);
        }
    }
}
