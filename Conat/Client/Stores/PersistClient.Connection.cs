using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Sockets;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>Connecting again and again, and catching up (spec 07 §1.3, §2).</summary>
public sealed partial class PersistClient
{
    /// <summary>A connection that lasted so long was a good one: the next pause is the shortest again.</summary>
    private static readonly TimeSpan GoodConnection = TimeSpan.FromSeconds(60);

    /// <summary>How long each step of catching up may take before the connection is given up.</summary>
    private static readonly TimeSpan CatchUpTimeout = TimeSpan.FromSeconds(30);

    /// <summary>The pause before a connection is tried again: 1.5 s, each time 1.8 times as long, up to 30 s; up to a quarter longer or shorter, never below 1.5 s.</summary>
    /// <param name="attempt">From 1.</param>
    /// <param name="jitter">From -1 to 1.</param>
    internal static TimeSpan ReconnectDelay(int attempt, double jitter)
    {
        const double First = 1500;
        var delay = Math.Min(30_000, Math.Round(First * Math.Pow(1.8, Math.Min(attempt, 20) - 1)));
        return TimeSpan.FromMilliseconds(Math.Max(First, Math.Round(delay * (1 + (jitter * 0.25)))));
    }

    private async Task RunAsync()
    {
        // Not within the constructor: the caller's thread may hold a lock.
        await Task.Yield();
        for (var attempt = 1; !_closing.IsCancellationRequested; attempt++)
        {
            if (await ServeAsync().ConfigureAwait(false))
            {
                attempt = 1;
            }

            var delay = ReconnectDelay(attempt, (Random.Shared.NextDouble() * 2) - 1);
            await Task.Delay(delay, _time, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>One connection from its making to its end.</summary>
    /// <returns>Whether it was a good one.</returns>
    private async Task<bool> ServeAsync()
    {
        var watched = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var socket = _client.ConnectSocket(Subject, new ConatSocketOptions
        {
            Reconnection = false,
            FindListener = async cancellationToken =>
            {
                // Nothing may happen to the socket before it is watched.
                await watched.Task.ConfigureAwait(false);
                return await FindServerAsync(cancellationToken).ConfigureAwait(false);
            },
        });
        await using (((IAsyncDisposable)socket).ConfigureAwait(false))
        {
            var session = new Session(socket, new CancellationTokenSource());
            var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            socket.StateChanged += state => OnState(session, ready, state);
            using var closing = _closing.Token.UnsafeRegister(_ => Drop(session), null);
            try
            {
                socket.Write(OpenFrame());
                watched.SetResult();
                await ready.Task.WaitAsync(session.Lost).ConfigureAwait(false);
                await CatchUpAsync(session).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is ConatException or OperationCanceledException)
            {
                LogLoss(exception);
                Drop(session);
            }

            await ReadAsync(session).ConfigureAwait(false);
            Drop(session);
            return session.ReadySince is { } since && _time.GetElapsedTime(since) >= GoodConnection;
        }
    }

    private void OnState(Session session, TaskCompletionSource ready, ConatSocketState state)
    {
        switch (state)
        {
            case ConatSocketState.Ready:
                session.ReadySince = _time.GetTimestamp();
                ready.TrySetResult();
                break;
            case ConatSocketState.Disconnected or ConatSocketState.Closed:
                Drop(session);
                break;
        }
    }

    private async Task<string> FindServerAsync(CancellationToken cancellationToken)
    {
        var reply = await _client.RequestAsync($"{Subject}.id", WireValue.Null, null, cancellationToken).ConfigureAwait(false);
        return reply.TryRead(out var id) && id is WireValue.Text { Value: var text } ? text : throw new ConatException("the load balancer of the persist servers gave no id");
    }

    private WireValue.Members OpenFrame()
    {
        lock (_gate)
        {
            return (_open with { Changefeed = _feeds.Exists(feed => feed.IsStarted) }).ToWire();
        }
    }

    /// <summary>Fetches what the feeds have missed, and lets requests through.</summary>
    /// <exception cref="ConatException">It can't be had: the connection is of no use.</exception>
    private async Task CatchUpAsync(Session session)
    {
        var feeds = Array.FindAll(Feeds(), feed => feed.IsStarted);
        if (feeds.Length > 0)
        {
            await RequestOnAsync(session, new WireObject { [PersistHeaders.Command] = PersistCommands.Changefeed }.Build(), default, CatchUpTimeout, session.Lost).ConfigureAwait(false);
            await FetchMissedAsync(session, feeds).ConfigureAwait(false);
        }

        lock (_gate)
        {
            if (!session.IsLost)
            {
                _connected.TrySetResult(session);
            }
        }
    }

    private async Task FetchMissedAsync(Session session, PersistFeed[] feeds)
    {
        var from = long.MaxValue;
        foreach (var feed in feeds)
        {
            from = feed.LastSeq is { } last ? Math.Min(from, last) : from;
        }

        if (from < long.MaxValue)
        {
            var rows = GetAllOnAsync(session, from, null, CatchUpTimeout, session.Lost).ConfigureAwait(false);
            await foreach (var row in rows)
            {
                session.CaughtUpTo = row.Seq;
                foreach (var feed in feeds)
                {
                    await feed.CatchUpAsync(row, CatchUpTimeout, _time, session.Lost).ConfigureAwait(false);
                }
            }
        }

        foreach (var feed in feeds)
        {
            feed.EndCatchUp();
        }
    }

    private PersistFeed[] Feeds()
    {
        lock (_gate)
        {
            return [.. _feeds];
        }
    }

    /// <summary>Reads what the server sends until the connection is over. What came before that is read still: it may say why.</summary>
    private async Task ReadAsync(Session session)
    {
        while (await session.Socket.ReadAsync(CancellationToken.None).ConfigureAwait(false) is { } frame)
        {
            if (frame.Headers is not null && ErrorIn(frame) is { } refusal)
            {
                End(refusal);
                return;
            }

            if (!session.IsLost && !TryTake(session, frame))
            {
                LogLoss(new ConatException($"a frame of the changefeed of '{Path}' is missing or malformed"));
                Drop(session);
            }
        }
    }

    /// <summary>Gives a frame of the changefeed to the feeds.</summary>
    /// <returns>False if one before it is missing, or it is malformed: what it said has to be fetched.</returns>
    private bool TryTake(Session session, ConatMessage frame)
    {
        if (frame.Header(PersistHeaders.Seq) is not WireValue.Number number || number.Value != session.NextFrame++
            || !frame.TryRead(out var data) || data is not WireValue.Items { Values: var events })
        {
            return false;
        }

        var items = new List<FeedItem>(events.Length);
        foreach (var value in events)
        {
            if (!StreamEvent.TryRead(value, out var told))
            {
                return false;
            }

            items.Add(told switch
            {
                StreamEvent.Stored stored => new FeedItem(new StreamMessage(stored.Message), stored.MessageId),
                _ => new FeedItem(null, Deleted: ((StreamEvent.Deleted)told!).Seqs),
            });
        }

        foreach (var feed in Feeds())
        {
            feed.Take(items, session.CaughtUpTo);
        }

        return true;
    }

    /// <summary>The connection is over; requests wait for the next one.</summary>
    private void Drop(Session session)
    {
        lock (_gate)
        {
            if (session.IsLost)
            {
                return;
            }

            session.IsLost = true;
            if (_connected.Task.IsCompletedSuccessfully && ReferenceEquals(_connected.Task.Result, session))
            {
                _connected = NewSignal();
            }
        }

        session.Cancel();
    }

    private void LogLoss(Exception exception)
    {
        if (!_closing.IsCancellationRequested)
        {
            _client.LogFailure($"no connection to the persist server of '{Path}'", exception);
        }
    }
}
