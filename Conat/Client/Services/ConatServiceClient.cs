using System.Collections.Immutable;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Services;

/// <summary>Calls the methods of one service (spec 06 §3.1, §5.2). It holds nothing, and may be used by several callers at once.</summary>
/// <param name="client">The member of the bus that calls.</param>
/// <param name="subject">The service's subject.</param>
/// <param name="options">Its kind; null is <see cref="ServiceClientOptions.Typed"/>.</param>
public sealed class ConatServiceClient(ConatClient client, string subject, ServiceClientOptions? options = null)
{
    private const double RetryGrowth = 1.3;
    private static readonly TimeSpan MinPingTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan DefaultWait = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan FirstRetryDelay = TimeSpan.FromMilliseconds(1300);
    private static readonly TimeSpan MaxRetryDelay = TimeSpan.FromSeconds(10);

    private readonly ServiceClientOptions _options = options ?? ServiceClientOptions.Typed;

    /// <summary>The service's subject.</summary>
    public string Subject => subject;

    /// <summary>Calls a method.</summary>
    /// <param name="name">The method, e.g. <c>getListing</c>.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="timeout">Null is <see cref="ServiceClientOptions.Timeout"/>.</param>
    /// <param name="cancellationToken">Gives up; the service isn't told.</param>
    /// <exception cref="ConatException">The service's error; 408 if it doesn't answer in time; 503 if it isn't there and not waited for. Its text is that of the kind of service.</exception>
    public async Task<WireValue> CallAsync(string name, ImmutableArray<WireValue> arguments, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        try
        {
            var publish = new PublishOptions { Timeout = timeout ?? _options.Timeout, WaitForInterest = _options.WaitForInterest };
            var reply = await client.RequestAsync(subject, _options.Protocol.Encode(name, arguments), publish, cancellationToken).ConfigureAwait(false);
            return _options.Protocol.ErrorIn(reply) is { } error ? throw error : reply.Data;
        }
        catch (ConatException error)
        {
            throw _options.Protocol.Raised(name, error);
        }
    }

    /// <summary>Asks a typed service whether it is there.</summary>
    /// <param name="maxWait">At least 3 s, which is also the default.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns><c>["pong"]</c>.</returns>
    /// <exception cref="ConatException">503 if it isn't, 408 if it doesn't answer.</exception>
    public async Task<ImmutableArray<WireValue>> PingAsync(TimeSpan? maxWait = null, CancellationToken cancellationToken = default)
    {
        var timeout = maxWait > MinPingTimeout ? maxWait.Value : MinPingTimeout;
        var reply = await client.RequestAsync(subject, "ping", new PublishOptions { Timeout = timeout }, cancellationToken).ConfigureAwait(false);
        return [reply.Data];
    }

    /// <summary>Pings a typed service until it answers, with growing pauses.</summary>
    /// <param name="maxWait">60 s if null.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ConatException">The last ping's error when the time is over.</exception>
    public async Task WaitForAsync(TimeSpan? maxWait = null, CancellationToken cancellationToken = default)
    {
        var time = client.Time;
        var start = time.GetTimestamp();
        for (var delay = FirstRetryDelay; ; delay = delay * RetryGrowth < MaxRetryDelay ? delay * RetryGrowth : MaxRetryDelay)
        {
            try
            {
                await PingAsync(MinPingTimeout, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (ConatException) when (time.GetElapsedTime(start) + delay < (maxWait ?? DefaultWait))
            {
                await Task.Delay(delay, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
