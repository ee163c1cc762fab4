using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Transports;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat;

/// <summary>Requests and their replies (spec 05 §8.3).</summary>
public sealed partial class ConatClient
{
    /// <summary>Replies of one request that wait to be read; with one more, or too many bytes, the request fails: a gap would not be seen.</summary>
    private const int MaxWaitingReplies = 10_000;

    private readonly string _inbox;
    private readonly ConatInterest _inboxInterest;
    private readonly ConcurrentDictionary<string, Replies> _replies = new(StringComparer.Ordinal);

    /// <summary>Publishes a request and waits for its first reply.</summary>
    /// <param name="subject">Where.</param>
    /// <param name="data">What.</param>
    /// <param name="options">Its timeout is for all of it but the sign-in.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ConatException">
    /// <c>request -- no subscribers matching '&lt;subject&gt;'</c> (503); <c>timeout</c> (408) if no reply came; and as of publishing.
    /// </exception>
    public async Task<ConatMessage> RequestAsync(string subject, WireValue data, PublishOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= PublishOptions.Default;
        var timeout = options.Timeout ?? _options.RequestTimeout;
        var session = await SignedInAsync(cancellationToken).ConfigureAwait(false);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        using var replies = new Replies(this);
        var reply = replies.ReadAsync(giveUp.Token);
        var all = FirstReplyAsync();
        try
        {
            return await all.WaitAsync(timeout, _options.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new ConatException("timeout", 408);
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Closed();
        }
        finally
        {
            await giveUp.CancelAsync().ConfigureAwait(false);
            _ = all.ContinueWith(static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }

        async Task<ConatMessage> FirstReplyAsync()
        {
            await InboxAsync(session, giveUp.Token).ConfigureAwait(false);
            var published = PublishCoreAsync(subject, data, options, WithReply(options.Headers, replies.Subject), giveUp.Token);
            // The reply often comes before the broker's answer to the publish.
            if (await Task.WhenAny(reply, published).ConfigureAwait(false) == published
                && (await published.ConfigureAwait(false)).Count == 0 && !reply.IsCompleted)
            {
                throw new ConatException($"request -- no subscribers matching '{subject}'", 503);
            }

            _ = published.ContinueWith(static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            return await reply.ConfigureAwait(false);
        }
    }

    /// <summary>Publishes a request and yields every reply. The responder is not told when the reader stops: its protocol needs an end of its own.</summary>
    /// <param name="subject">Where.</param>
    /// <param name="data">What.</param>
    /// <param name="options">How to publish; its timeout is the publish's alone.</param>
    /// <param name="maxWait">Ends when no reply came for so long; null never does.</param>
    /// <param name="maxMessages">Ends after so many replies; null never does.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ConatException"><c>requestMany -- no subscribers matching &lt;subject&gt;</c> (503); <c>closed</c>; and as of publishing.</exception>
    public async IAsyncEnumerable<ConatMessage> RequestManyAsync(
        string subject,
        WireValue data,
        PublishOptions? options = null,
        TimeSpan? maxWait = null,
        int? maxMessages = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        options ??= PublishOptions.Default;
        var session = await SignedInAsync(cancellationToken).ConfigureAwait(false);
        await InboxAsync(session, cancellationToken).ConfigureAwait(false);
        using var replies = new Replies(this);
        var result = await PublishCoreAsync(subject, data, options, WithReply(options.Headers, replies.Subject), cancellationToken).ConfigureAwait(false);
        if (result.Count == 0)
        {
            throw new ConatException($"requestMany -- no subscribers matching {subject}", 503);
        }

        for (var n = 0; maxMessages is null || n < maxMessages; n++)
        {
            if (await NextAsync(replies, maxWait, cancellationToken).ConfigureAwait(false) is not { } message)
            {
                yield break;
            }

            yield return message;
        }
    }

    private static WireValue.Members WithReply(WireValue? headers, string reply) =>
        headers is WireValue.Members members
            ? new WireObject().AddAll(members, ConatHeaders.Reply).With(ConatHeaders.Reply, reply).Build()
            : new WireObject { [ConatHeaders.Reply] = reply }.Build();

    /// <returns>Null if none came in time.</returns>
    private async Task<ConatMessage?> NextAsync(Replies replies, TimeSpan? maxWait, CancellationToken cancellationToken)
    {
        try
        {
            return await replies.ReadAsync(cancellationToken).WaitAsync(maxWait ?? Timeout.InfiniteTimeSpan, _options.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <summary>Waits until replies can come.</summary>
    private static async Task InboxAsync(Session session, CancellationToken cancellationToken)
    {
        try
        {
            await session.InboxReady.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (session.InboxReady.Task.IsCanceled)
        {
            throw new ConatException("Error: socket has been disconnected");
        }
    }

    private Task? RoomForReplies(ReadOnlySpan<char> subject) =>
        _replies.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(subject, out var replies) ? replies.Room : null;

    private void OnReply(ConatMessage message)
    {
        if (_replies.TryGetValue(message.Subject, out var replies))
        {
            replies.Add(message);
        }
    }

    private void EndRequests()
    {
        foreach (var replies in _replies.Values)
        {
            replies.End(Closed());
        }
    }

    /// <summary>A subject of the inbox, registered before the request is published.</summary>
    private sealed class Replies : IDisposable
    {
        private readonly ConatClient _client;
        private readonly Channel<ConatMessage> _messages = Channel.CreateBounded<ConatMessage>(MaxWaitingReplies);
        private long _waitingBytes;

        /// <summary>Made when it is first needed: most requests have one small reply.</summary>
        private AckDelay? _room;

        public Replies(ConatClient client)
        {
            _client = client;
            if (client._replies.Count >= client._options.MaxPendingRequests)
            {
                throw new ConatException($"more than {client._options.MaxPendingRequests} requests wait for replies", 429);
            }

            Subject = $"{client._inbox}.{ConatId.New()}";
            client._replies[Subject] = this;
            if (client._closing.IsCancellationRequested)
            {
                End(Closed());
            }
        }

        public string Subject { get; }

        /// <summary>As <see cref="IConatReceiver.Room"/>.</summary>
        public Task? Room => Interlocked.Read(ref _waitingBytes) > _client._options.ReplyAckDelayBytes
            ? LazyInitializer.EnsureInitialized(ref _room, NewRoom).Until(ref _waitingBytes)
            : null;

        /// <summary>Called by the client's reader alone.</summary>
        public void Add(ConatMessage message)
        {
            var before = Interlocked.Add(ref _waitingBytes, message.Raw.Length) - message.Raw.Length;
            if ((before > 0 && before + message.Raw.Length > _client._options.MaxWaitingReplyBytes) || !_messages.Writer.TryWrite(message))
            {
                _client.CountDropped();
                End(new ConatException("the replies to a request were not read fast enough", 429));
            }
        }

        /// <summary>No more replies come.</summary>
        public void End(ConatException reason) => _messages.Writer.TryComplete(reason);

        /// <exception cref="ConatException">The reason of the end, after all that came before.</exception>
        public async Task<ConatMessage> ReadAsync(CancellationToken cancellationToken)
        {
            try
            {
                var message = await _messages.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                var left = Interlocked.Add(ref _waitingBytes, -message.Raw.Length);
                Volatile.Read(ref _room)?.Taken(left);
                return message;
            }
            catch (ChannelClosedException end)
            {
                throw end.InnerException as ConatException ?? Closed();
            }
        }

        public void Dispose()
        {
            _client._replies.TryRemove(Subject, out _);
            Volatile.Read(ref _room)?.End();
        }

        private AckDelay NewRoom()
        {
            var options = _client._options;
            var room = new AckDelay(options.ReplyAckDelayBytes, options.ReplyAckDelayStall, options.Time);
            room.Began();
            return room;
        }
    }
}
