using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>Requests (spec 07 §1.6, §1.7, §2): each waits until there is a connection, then for its answer, both within its time limit.</summary>
public sealed partial class PersistClient
{
    /// <summary>For a request that doesn't say.</summary>
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Stores a message.</summary>
    /// <param name="message">With a value.</param>
    /// <param name="cancellationToken">Gives up waiting; the message may be stored all the same.</param>
    /// <exception cref="ConatException">
    /// A limit (<c>reject</c>); the key has changed (<c>wrong-last-sequence</c>); no answer in time, or no connection (408): with a
    /// <see cref="StreamPublish.MessageId"/> it can be repeated; refused (403, 429); <c>closed</c>.
    /// </exception>
    public async Task<SetResult> SetAsync(StreamPublish message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        var headers = new WireObject { [PersistHeaders.Headers] = message.Headers }.With(PersistHeaders.Command, PersistCommands.Set);
        AddOptions(headers, message);
        headers[PersistHeaders.Timeout] = Milliseconds(message.Timeout);
        var answer = await RequestAsync(headers, RawOf(message), message.Timeout, cancellationToken).ConfigureAwait(false);
        return ReadStored(answer.TryRead(out var data) ? data : WireValue.Null) ?? throw Malformed(PersistCommands.Set);
    }

    /// <summary>Stores messages in one request, in order and each for itself.</summary>
    /// <param name="messages">With values; their timeouts are not looked at.</param>
    /// <param name="timeout">Null is 30 seconds.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>What became of each.</returns>
    /// <exception cref="ConatException">As of <see cref="SetAsync"/>, but what concerns one message.</exception>
    public async Task<IReadOnlyList<PublishOutcome>> SetManyAsync(IReadOnlyList<StreamPublish> messages, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var elements = ImmutableArray.CreateBuilder<WireValue>(messages.Count);
        foreach (var message in messages)
        {
            var element = new WireObject();
            AddOptions(element, message);
            element[PersistHeaders.MessageData] = new WireObject { [PersistHeaders.Encoding] = 0, [PersistHeaders.Raw] = new WireValue.Bytes(RawOf(message)), [PersistHeaders.Headers] = message.Headers }.Build();
            elements.Add(element.Build());
        }

        var headers = new WireObject { [PersistHeaders.Command] = PersistCommands.SetMany, [PersistHeaders.Timeout] = Milliseconds(timeout) };
        var body = ConatPayload.Encode(new WireValue.Items(elements.MoveToImmutable()));
        var answer = await RequestAsync(headers, body, timeout, cancellationToken).ConfigureAwait(false);
        if (!answer.TryRead(out var data) || data is not WireValue.Items { Values: var results } || results.Length != messages.Count)
        {
            throw Malformed(PersistCommands.SetMany);
        }

        return [.. results.Select(result => ReadStored(result) is { } stored
            ? new PublishOutcome(stored, null)
            : new PublishOutcome(null, ConatHeaders.ErrorIn(result) ?? Malformed(PersistCommands.SetMany)))];
    }

    /// <summary>A row by its number; null if there is none.</summary>
    /// <exception cref="ConatException">As of <see cref="SetAsync"/>.</exception>
    public Task<StreamMessage?> GetAsync(long seq, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        GetAsync(new WireObject { [PersistHeaders.Command] = PersistCommands.Get, [PersistHeaders.Seq] = seq }, timeout, cancellationToken);

    /// <summary>The row of a key, also a tombstone; null if there is none.</summary>
    /// <exception cref="ConatException">As of <see cref="SetAsync"/>.</exception>
    public Task<StreamMessage?> GetAsync(string key, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        return GetAsync(new WireObject { [PersistHeaders.Command] = PersistCommands.Get, [PersistHeaders.Key] = key }, timeout, cancellationToken);
    }

    /// <summary>The rows with the numbers <paramref name="startSeq"/> to <paramref name="endSeq"/>, in order.</summary>
    /// <param name="startSeq">The first one; null or 0 is from the beginning.</param>
    /// <param name="endSeq">The last one; null is to the end.</param>
    /// <param name="timeout">The longest silence of the server.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ConatException">As of requests; an answer is missing (503): it fails in the middle, and never leaves rows out.</exception>
    public async IAsyncEnumerable<StreamMessage> GetAllAsync(
        long? startSeq = null, long? endSeq = null, TimeSpan? timeout = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var session = await ConnectedAsync(timeout ?? DefaultTimeout, cancellationToken).ConfigureAwait(false);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, session.Lost);
        await foreach (var row in GetAllOnAsync(session, startSeq, endSeq, timeout, giveUp.Token, cancellationToken).ConfigureAwait(false))
        {
            yield return row;
        }
    }

    /// <summary>All keys that have a row, tombstones too.</summary>
    /// <exception cref="ConatException">As of <see cref="SetAsync"/>.</exception>
    public async Task<IReadOnlyList<string>> KeysAsync(CancellationToken cancellationToken = default)
    {
        var answer = await RequestAsync(new WireObject { [PersistHeaders.Command] = PersistCommands.Keys }, default, null, cancellationToken).ConfigureAwait(false);
        return answer.TryRead(out var data) && data is WireValue.Items keys ? [.. keys.Values.Select(key => key.ScalarToText() ?? "")] : throw Malformed(PersistCommands.Keys);
    }

    /// <summary>Deletes rows.</summary>
    /// <param name="deletion">What; a position or key can't be given here.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The numbers of the rows; of <see cref="StreamDeletion.Seqs"/> those that were given.</returns>
    /// <exception cref="ConatException">As of <see cref="SetAsync"/>.</exception>
    public async Task<IReadOnlyList<long>> DeleteAsync(StreamDeletion deletion, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(deletion);
        var headers = new WireObject { [PersistHeaders.Command] = PersistCommands.Delete };
        if (deletion.All)
        {
            headers[PersistHeaders.All] = true;
        }
        else
        {
            headers[PersistHeaders.Seq] = deletion.Seq is { } seq ? (WireValue)seq : null;
            headers[PersistHeaders.Seqs] = deletion.Seqs.IsDefault ? null : new WireValue.Items([.. deletion.Seqs.Select(number => (WireValue)number)]);
            headers[PersistHeaders.LastSeq] = deletion.LastSeq is { } last ? (WireValue)last : null;
        }

        var answer = await RequestAsync(headers, default, null, cancellationToken).ConfigureAwait(false);
        return answer.TryRead(out var data) && data is WireValue.Members members && members[PersistHeaders.Seqs] is WireValue.Items seqs
            ? [.. seqs.Values.Select(number => (long)(number.AsNumber() ?? 0))]
            : throw Malformed(PersistCommands.Delete);
    }

    /// <summary>Sets what <paramref name="config"/> gives of the stream's configuration, and enforces it; null only reads.</summary>
    /// <returns>All of it.</returns>
    /// <exception cref="ConatException">As of <see cref="SetAsync"/>.</exception>
    public async Task<StreamConfiguration> ConfigAsync(StreamConfigurationChange? config = null, CancellationToken cancellationToken = default)
    {
        var headers = new WireObject { [PersistHeaders.Command] = PersistCommands.Config, [PersistHeaders.Config] = config?.ToWire() };
        var answer = await RequestAsync(headers, default, null, cancellationToken).ConfigureAwait(false);
        return answer.TryRead(out var data) && data is WireValue.Members members ? StreamConfiguration.Default.With(StreamConfigurationChange.Read(members)) : throw Malformed(PersistCommands.Config);
    }

    /// <summary>What the stream holds.</summary>
    /// <exception cref="ConatException">As of <see cref="SetAsync"/>.</exception>
    public async Task<StreamInventory> InventoryAsync(CancellationToken cancellationToken = default)
    {
        var answer = await RequestAsync(new WireObject { [PersistHeaders.Command] = PersistCommands.Inventory }, default, null, cancellationToken).ConfigureAwait(false);
        return answer.TryRead(out var data) && StreamInventory.TryRead(data, out var inventory) ? inventory! : throw Malformed(PersistCommands.Inventory);
    }

    /// <summary>The id of the server that has the stream open.</summary>
    /// <exception cref="ConatException">As of <see cref="SetAsync"/>.</exception>
    public async Task<string> ServerIdAsync(CancellationToken cancellationToken = default)
    {
        var answer = await RequestAsync(new WireObject { [PersistHeaders.Command] = PersistCommands.ServerId }, default, null, cancellationToken).ConfigureAwait(false);
        return answer.TryRead(out var data) && data.AsText() is { } id ? id : throw Malformed(PersistCommands.ServerId);
    }

    /// <summary>A feed, from when <see cref="StartFeedAsync"/> has succeeded.</summary>
    /// <exception cref="ConatException">Refused; <c>closed</c>.</exception>
    internal PersistFeed OpenFeed()
    {
        var feed = new PersistFeed(closed =>
        {
            lock (_gate)
            {
                _feeds.Remove(closed);
            }
        });
        lock (_gate)
        {
            ThrowIfEnded();
            _feeds.Add(feed);
        }

        return feed;
    }

    /// <summary>Has the server tell what changes from now on.</summary>
    /// <exception cref="ConatException">As of requests.</exception>
    internal async Task StartFeedAsync(PersistFeed feed, CancellationToken cancellationToken)
    {
        await ConnectedAsync(DefaultTimeout, cancellationToken).ConfigureAwait(false);
        // From here on it is caught up for if the connection is lost.
        feed.IsStarted = true;
        await RequestAsync(new WireObject { [PersistHeaders.Command] = PersistCommands.Changefeed }, default, null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The failure that an answer, or a frame, is; null if it is none.</summary>
    private static ConatException? ErrorIn(ConatMessage message) =>
        message.Header(ConatHeaders.Error).IsTruthy() || message.Header(ConatHeaders.Code).IsTruthy()
            ? new ConatException(message.Header(ConatHeaders.Error).Show(), message.Header(ConatHeaders.Code).ScalarToText())
            : null;

    /// <summary>Looks like a timeout, which an answer that can't be read is to the caller: it may be tried again.</summary>
    private static ConatException Malformed(string command) => new($"the answer to '{command}' is malformed", 408);

    private static void AddOptions(WireObject target, StreamPublish message)
    {
        target[PersistHeaders.Key] = message.Key is { } key ? (WireValue)key : null;
        target[PersistHeaders.Ttl] = Milliseconds(message.TimeToLive);
        target[PersistHeaders.PreviousSeq] = message.PreviousSeq is { } seq ? (WireValue)seq : null;
        target[PersistHeaders.MessageId] = message.MessageId is { } id ? (WireValue)id : null;
    }

    private static ReadOnlyMemory<byte> RawOf(StreamPublish message) => message.Raw ?? ConatPayload.Encode(message.Value ?? WireValue.Null);

    private static WireValue? Milliseconds(TimeSpan? span) => span is { } given ? Math.Round(given.TotalMilliseconds) : null;

    private static SetResult? ReadStored(WireValue value) => SetResult.TryRead(value, out var result) ? result : null;

    private async Task<StreamMessage?> GetAsync(WireObject headers, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        headers[PersistHeaders.Timeout] = Milliseconds(timeout);
        var answer = await RequestAsync(headers, default, timeout, cancellationToken).ConfigureAwait(false);
        return answer.Headers is WireValue.Members found && found[PersistHeaders.Seq] is WireValue.Number seq && found[PersistHeaders.Time] is WireValue.Number time
            ? new StreamMessage((long)seq.Value, StoreTime.Read(time.Value), answer.Raw, answer.Encoding, found[PersistHeaders.Key].AsText(), found)
            : null;
    }

    /// <summary>Waits for a connection, sends, and waits for the answer.</summary>
    private async Task<ConatMessage> RequestAsync(WireObject headers, ReadOnlyMemory<byte> body, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        var limit = timeout ?? DefaultTimeout;
        var start = _time.GetTimestamp();
        var built = headers.Build();
        while (true)
        {
            var session = await ConnectedAsync(limit - _time.GetElapsedTime(start), cancellationToken).ConfigureAwait(false);
            using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, session.Lost);
            try
            {
                return await RequestOnAsync(session, built, body, limit - _time.GetElapsedTime(start), giveUp.Token).ConfigureAwait(false);
            }
            catch (ConatException exception) when (exception.Code == "EPIPE")
            {
                // The connection was over before it was sent.
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw LostError();
            }
        }
    }

    /// <summary>An answer that may never come.</summary>
    private ConatException LostError()
    {
        lock (_gate)
        {
            return _failure ?? (_isEnded ? Closed() : new ConatException("timeout -- the connection to the persist server is lost", 408));
        }
    }

    private async Task<ConatMessage> RequestOnAsync(Session session, WireValue.Members headers, ReadOnlyMemory<byte> body, TimeSpan limit, CancellationToken cancellationToken)
    {
        var options = new PublishOptions { Headers = headers, Timeout = limit > TimeSpan.Zero ? limit : TimeSpan.Zero, Raw = body.IsEmpty ? (ReadOnlyMemory<byte>?)null : body };
        ConatMessage answer;
        try
        {
            answer = await session.Socket.RequestAsync(WireValue.Null, options, cancellationToken).ConfigureAwait(false);
        }
        catch (ConatException exception) when (exception.Code is null && _client.State != ConatState.Closed)
        {
            // The connection to the broker was lost: an answer that doesn't come.
            throw new ConatException($"timeout -- {exception.Message}", PersistCodes.TimedOut, exception);
        }

        return ErrorIn(answer) is { } error ? throw error : answer;
    }

    /// <param name="session">The connection to ask.</param>
    /// <param name="startSeq">The first number.</param>
    /// <param name="endSeq">The last number.</param>
    /// <param name="timeout">As of <see cref="GetAllAsync"/>; also told to the server.</param>
    /// <param name="giveUp">Also cancelled when the connection is over, which is a timeout.</param>
    /// <param name="cancellationToken">The caller's.</param>
    private async IAsyncEnumerable<StreamMessage> GetAllOnAsync(
        Session session, long? startSeq, long? endSeq, TimeSpan? timeout, [EnumeratorCancellation] CancellationToken giveUp, CancellationToken cancellationToken = default)
    {
        var headers = new WireObject { [PersistHeaders.Command] = PersistCommands.GetAll, [PersistHeaders.StartSeq] = startSeq is { } start ? (WireValue)start : null, [PersistHeaders.EndSeq] = endSeq is { } last ? (WireValue)last : null };
        headers[PersistHeaders.Timeout] = Milliseconds(timeout);
        var answers = session.Socket.RequestManyAsync(WireValue.Null, new PublishOptions { Headers = headers.Build() }, timeout ?? DefaultTimeout, null, giveUp);
        var expected = 0L;
        var answer = answers.GetAsyncEnumerator(CancellationToken.None);
        await using var end = ((IAsyncDisposable)answer).ConfigureAwait(false);
        while (await NextAsync(answer, cancellationToken).ConfigureAwait(false) is { } message)
        {
            if (ErrorIn(message) is { } error)
            {
                throw error;
            }

            if (message.Header(PersistHeaders.Seq) is not WireValue.Number number || number.Value != expected++)
            {
                throw new ConatException("data dropped, probably due to load -- please try again", 503);
            }

            if (message.Data is not WireValue.Items rows)
            {
                // The end.
                yield break;
            }

            foreach (var value in rows.Values)
            {
                yield return StoredMessage.TryRead(value, out var row) ? new StreamMessage(row!) : throw Malformed(PersistCommands.GetAll);
            }
        }

        throw new ConatException("timeout -- the answers to 'getAll' have stopped", 408);
    }

    /// <returns>Null if none came in time.</returns>
    private async Task<ConatMessage?> NextAsync(IAsyncEnumerator<ConatMessage> answers, CancellationToken cancellationToken)
    {
        try
        {
            return await answers.MoveNextAsync().ConfigureAwait(false) ? answers.Current : null;
        }
        catch (Exception exception) when (exception is ConatException { Code: "EPIPE" or null } || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw LostError();
        }
    }

    /// <summary>Waits until there is a connection that has caught up.</summary>
    /// <exception cref="ConatException">None in time (408); refused; <c>closed</c>.</exception>
    private async Task<Session> ConnectedAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var start = _time.GetTimestamp();
        while (true)
        {
            Task<Session> connected;
            lock (_gate)
            {
                ThrowIfEnded();
                connected = _connected.Task;
            }

            var left = limit - _time.GetElapsedTime(start);
            try
            {
                var session = await connected.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, _time, cancellationToken).ConfigureAwait(false);
                if (!session.IsLost)
                {
                    return session;
                }
            }
            catch (TimeoutException)
            {
                throw new ConatException($"timeout -- no subscribers matching '{Subject}.server.*' after {limit.TotalMilliseconds} ms", 408);
            }
        }
    }

    private void ThrowIfEnded()
    {
        if (_isEnded)
        {
            throw _failure ?? Closed();
        }
    }
}
