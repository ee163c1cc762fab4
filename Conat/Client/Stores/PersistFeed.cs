using System.Threading.Channels;
using ProjectSilo.Conat.Core;

namespace ProjectSilo.Conat.Stores;

/// <summary>
/// What changes in a stream, from when it was opened (spec 07 §1.8, §2): every new row once and in order, also those of the time when there was no connection; deletes of that
/// time are not told, which is what <see cref="FeedItem.Resumed"/> is for. At most 10,000 items or 64 MiB wait to be read; with more the feed ends with code 429, since a gap
/// would not be seen.
/// </summary>
internal sealed class PersistFeed : IDisposable
{
    private const int MaxItems = 10_000;
    private const long MaxBytes = 64 * 1024 * 1024;

    private readonly Action<PersistFeed> _remove;

    /// <summary>Bounded by the two counts below.</summary>
    private readonly Channel<FeedItem> _items = Channel.CreateUnbounded<FeedItem>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Guards all below. The connection's reader writes, the feed's reader takes.</summary>
    private readonly Lock _gate = new();
    private int _waiting;
    private long _waitingBytes;
    private long? _lastSeq;
    private DateTimeOffset? _lastTime;
    private bool _isOther;
    private bool _isStarted;
    private TaskCompletionSource? _room;

    internal PersistFeed(Action<PersistFeed> remove) => _remove = remove;

    /// <summary>Whether the server was asked to tell: then what it told while there was no connection has to be fetched.</summary>
    public bool IsStarted
    {
        get => Volatile.Read(ref _isStarted);
        set => Volatile.Write(ref _isStarted, value);
    }

    /// <summary>The number of the last row that was told or is known; null if it isn't known where the feed is.</summary>
    public long? LastSeq
    {
        get
        {
            lock (_gate)
            {
                return _lastSeq;
            }
        }
    }

    /// <summary>The reader has all rows up to this one from elsewhere: they needn't be caught up with.</summary>
    /// <param name="seq">0 for an empty stream.</param>
    /// <param name="time">The row's; null if it isn't known.</param>
    /// <param name="isAnew">Also if the feed was further: the stream may be another one.</param>
    public void Seed(long seq, DateTimeOffset? time, bool isAnew = false)
    {
        lock (_gate)
        {
            if (isAnew || _lastSeq is null || seq > _lastSeq)
            {
                (_lastSeq, _lastTime) = (seq, time);
            }
        }
    }

    /// <summary>The next item, waited for if need be; null when the feed is closed.</summary>
    /// <exception cref="ConatException">The server refuses the stream, or the feed was not read fast enough (429).</exception>
    public async ValueTask<FeedItem?> ReadAsync(CancellationToken cancellationToken)
    {
        while (await _items.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (TryRead(out var item))
            {
                return item;
            }
        }

        return null;
    }

    /// <summary>The next item, if it is there already.</summary>
    public bool TryRead(out FeedItem item)
    {
        if (!_items.Reader.TryRead(out item))
        {
            return false;
        }

        lock (_gate)
        {
            _waiting--;
            _waitingBytes -= item.Message?.Raw.Length ?? 0;
            _room?.TrySetResult();
            _room = null;
        }

        return true;
    }

    /// <summary>Closes it.</summary>
    public void Dispose()
    {
        _remove(this);
        End(null);
    }

    /// <summary>No more comes.</summary>
    internal void End(ConatException? reason) => _items.Writer.TryComplete(reason);

    /// <summary>Takes what the server tells, but no rows up to <paramref name="caughtUpTo"/>, which were fetched.</summary>
    internal void Take(IReadOnlyList<FeedItem> items, long caughtUpTo)
    {
        lock (_gate)
        {
            foreach (var item in items)
            {
                if (item.Message is { } message)
                {
                    if (message.Seq <= caughtUpTo)
                    {
                        continue;
                    }

                    (_lastSeq, _lastTime) = (message.Seq, message.Time);
                }

                if (!TryAdd(item))
                {
                    return;
                }
            }
        }
    }

    /// <summary>Takes a row that was fetched after an interruption, as soon as there is room.</summary>
    internal async ValueTask CatchUpAsync(StreamMessage row, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task room;
            lock (_gate)
            {
                if (_lastSeq is not { } last || row.Seq < last)
                {
                    return;
                }

                if (row.Seq == last)
                {
                    // The last row that was told is fetched as well: to see that it is the same.
                    _isOther |= _lastTime is { } known && known != row.Time;
                    return;
                }

                if (!IsFull(row.Raw.Length))
                {
                    (_lastSeq, _lastTime) = (row.Seq, row.Time);
                    TryAdd(new FeedItem(row));
                    return;
                }

                room = (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            if (!await Waiting.UntilAsync(room, limit, time, cancellationToken).ConfigureAwait(false))
            {
                cancellationToken.ThrowIfCancellationRequested();
                End(TooSlow());
                return;
            }
        }
    }

    /// <summary>The interruption is over.</summary>
    internal void EndCatchUp()
    {
        lock (_gate)
        {
            TryAdd(new FeedItem(null, Resumed: _lastSeq is null || _isOther ? FeedResumption.Unknown : FeedResumption.CaughtUp));
            _isOther = false;
        }
    }

    private static ConatException TooSlow() => new("a changefeed was not read fast enough", 429);

    private bool IsFull(int bytes) => _waiting > 0 && (_waiting >= MaxItems || _waitingBytes + bytes > MaxBytes);

    /// <summary>The caller holds the lock.</summary>
    private bool TryAdd(FeedItem item)
    {
        var bytes = item.Message?.Raw.Length ?? 0;
        if (IsFull(bytes))
        {
            End(TooSlow());
            return false;
        }

        if (_items.Writer.TryWrite(item))
        {
            _waiting++;
            _waitingBytes += bytes;
        }

        return true;
    }
}
