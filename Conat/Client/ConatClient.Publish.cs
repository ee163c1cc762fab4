using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat;

/// <summary>Publishing, replies and interest (spec 05 §8.2, §8.4).</summary>
public sealed partial class ConatClient
{
    /// <summary>With less time than this left, nothing is published again.</summary>
    private static readonly TimeSpan MinTimeToPublishAgain = TimeSpan.FromMilliseconds(500);

    /// <summary>Publishes without waiting for anything. Lost if there is no connection or no room to send it in.</summary>
    /// <returns>The payload's bytes; 0 if the client is closed.</returns>
    /// <exception cref="ConatException"><c>Error: invalid subject</c>; denied lately (403); nested too deep.</exception>
    public long Publish(string subject, WireValue data, PublishOptions? options = null)
    {
        options ??= PublishOptions.Default;
        if (_closing.IsCancellationRequested)
        {
            return 0;
        }

        var payload = Prepare(subject, data, options);
        TryPublish(subject, payload, options.Headers, options.Encoding);
        return payload.Length;
    }

    /// <summary>Publishes, and waits until the broker has it: for the sign-in as long as it takes, then for <see cref="PublishOptions.Timeout"/>.</summary>
    /// <returns>Nobody if the client is closed.</returns>
    /// <exception cref="ConatException">
    /// <c>Error: invalid subject</c>; the broker's text, code 403, if it denies; <c>timeout - Error: operation has timed out</c> (408); nested too deep;
    /// <c>Error: socket has been disconnected</c> if the connection is lost meanwhile.
    /// </exception>
    public async Task<PublishResult> PublishAsync(string subject, WireValue data, PublishOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= PublishOptions.Default;
        try
        {
            return await PublishCoreAsync(subject, data, options, options.Headers, cancellationToken).ConfigureAwait(false);
        }
        catch (ConatException) when (options.NoThrow || _closing.IsCancellationRequested)
        {
            return default;
        }
    }

    /// <summary>Replies to a request, waiting for the requester's interest. A message that is no request gets nothing.</summary>
    /// <exception cref="ConatException">As of publishing; the requester is gone: 408.</exception>
    public Task<PublishResult> RespondAsync(ConatMessage request, WireValue data, PublishOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Reply is { } reply)
        {
            return PublishAsync(reply, data, (options ?? PublishOptions.Default) with { WaitForInterest = true }, cancellationToken);
        }

        Log($"a message of '{request.Subject}' wants no reply");
        return Task.FromResult(default(PublishResult));
    }

    /// <summary>Replies to a request without waiting for anything.</summary>
    /// <inheritdoc cref="Publish"/>
    public long Respond(ConatMessage request, WireValue data, PublishOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Reply is { } reply)
        {
            return Publish(reply, data, options);
        }

        Log($"a message of '{request.Subject}' wants no reply");
        return 0;
    }

    /// <summary>Whether somebody is subscribed to <paramref name="subject"/> now.</summary>
    /// <exception cref="ConatException">The broker's text; 408.</exception>
    public Task<bool> InterestAsync(string subject, CancellationToken cancellationToken = default) =>
        WaitForInterestAsync(subject, TimeSpan.Zero, cancellationToken);

    /// <summary>Waits until somebody is subscribed to <paramref name="subject"/>.</summary>
    /// <param name="subject">Not a pattern.</param>
    /// <param name="timeout">At most, and if null, <see cref="ConatClientOptions.MaxInterestWait"/>; zero only asks.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ConatException">The broker's text; <c>timeout - Error: operation has timed out</c> (408).</exception>
    public async Task<bool> WaitForInterestAsync(string subject, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ThrowIfNotPublishable(subject);
        var wait = timeout is { } given && given < _options.MaxInterestWait ? given : _options.MaxInterestWait;
        var session = await SignedInAsync(cancellationToken).ConfigureAwait(false);
        var limit = wait > TimeSpan.Zero ? wait : _options.ResyncTimeout;
        return await session.Connection.WaitForInterestAsync(subject, wait, limit, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Publishes an encoded payload without waiting for anything.</summary>
    /// <returns>False if there is no connection, or no room to send it in.</returns>
    /// <exception cref="ConatException">As of <see cref="Publish"/>.</exception>
    public bool TryPublish(string subject, ReadOnlyMemory<byte> payload, WireValue? headers, ConatEncoding encoding = default)
    {
        ThrowIfNotPublishable(subject);
        _denials.ThrowIfDenied(isPublish: true, subject);
        if (TrySignedIn() is not { } session)
        {
            return false;
        }

        foreach (var chunk in Chunks(subject, payload, encoding, headers))
        {
            if (!session.Connection.Publish(chunk))
            {
                return false;
            }
        }

        CountSent(payload.Length);
        return true;
    }

    private static void ThrowIfNotPublishable(string subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (!Subjects.IsPublishable(subject))
        {
            throw new ConatException("Error: invalid subject");
        }
    }

    /// <summary>Checks what can be checked here, and encodes.</summary>
    private ReadOnlyMemory<byte> Prepare(string subject, WireValue data, PublishOptions options)
    {
        ThrowIfNotPublishable(subject);
        _denials.ThrowIfDenied(isPublish: true, subject);
        return options.Raw ?? ConatPayload.Encode(data, options.Encoding);
    }

    private IEnumerable<ConatChunk> Chunks(string subject, ReadOnlyMemory<byte> payload, ConatEncoding encoding, WireValue? headers) =>
        ConatChunk.Split(subject, ConatId.New(), payload, (int)encoding, headers, ConatChunk.MaxBytes(Info?.MaxPayload));

    private async Task<PublishResult> PublishCoreAsync(
        string subject, WireValue data, PublishOptions options, WireValue? headers, CancellationToken cancellationToken)
    {
        var payload = Prepare(subject, data, options);
        var session = await SignedInAsync(cancellationToken).ConfigureAwait(false);
        var timeout = options.Timeout ?? _options.RequestTimeout;
        var start = _options.Time.GetTimestamp();
        var count = await SendAsync(session, subject, payload, options.Encoding, headers, timeout, cancellationToken).ConfigureAwait(false);
        var left = timeout - _options.Time.GetElapsedTime(start);
        if (count > 0 || !options.WaitForInterest || payload.IsEmpty || left <= TimeSpan.Zero)
        {
            return new PublishResult(payload.Length, count);
        }

        await WaitForInterestAsync(subject, left, cancellationToken).ConfigureAwait(false);
        left = timeout - _options.Time.GetElapsedTime(start);
        if (left > MinTimeToPublishAgain)
        {
            session = await SignedInAsync(cancellationToken).ConfigureAwait(false);
            count = await SendAsync(session, subject, payload, options.Encoding, headers, left, cancellationToken).ConfigureAwait(false);
        }

        return new PublishResult(payload.Length, count);
    }

    /// <returns>The largest of the chunks' counts.</returns>
    private async Task<long> SendAsync(
        Session session, string subject, ReadOnlyMemory<byte> payload, ConatEncoding encoding, WireValue? headers, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var answers = new List<Task<long>>();
        foreach (var chunk in Chunks(subject, payload, encoding, headers))
        {
            answers.Add(await session.Connection.PublishAsync(chunk, timeout, cancellationToken).ConfigureAwait(false));
        }

        if (answers.Count == 0)
        {
            return 0;
        }

        CountSent(payload.Length);
        return (await Task.WhenAll(answers).ConfigureAwait(false)).Max();
    }

    private void CountSent(int bytes)
    {
        Interlocked.Increment(ref _sentMessages);
        Interlocked.Add(ref _sentBytes, bytes);
    }
}
