using System.Runtime.CompilerServices;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>How a request is made: waiting for a connection, for the answer, for many answers (spec 07 §1.6, §2).</summary>
public sealed partial class PersistClient
{
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
