using System.Collections.Immutable;
using System.Runtime.InteropServices;
using ProjectSilo.Conat.Persist;

namespace ProjectSilo.Conat.Server.Persist.Storage;

/// <summary>An ephemeral stream: its messages in memory, in the order of their numbers.</summary>
internal sealed class MemoryStore : StreamStore
{
    private const int MinCompaction = 64;

    /// <summary>Ascending numbers. What is gone stays, empty, until it is more than half.</summary>
    private readonly List<Row> _rows = [];
    private readonly Dictionary<string, Row> _byKey = new(StringComparer.Ordinal);
    private StreamConfiguration _configuration = StreamConfiguration.Default;

    /// <summary>The first of <see cref="_rows"/> that may be there.</summary>
    private int _first;
    private long _count;
    private long _bytes;
    private long _lastSeq;
    private long _lastTime;

    /// <summary>Whether times ascend: the clock was not set back.</summary>
    private bool _isTimeOrdered = true;
    private long _nextExpiry = long.MaxValue;

    public override long Count => _count;

    public override long Bytes => _bytes;

    public override long LastSeq
    {
        get
        {
            for (var i = _rows.Count - 1; i >= _first; i--)
            {
                if (_rows[i].Message is { } message)
                {
                    return message.Seq;
                }
            }

            return 0;
        }
    }

    public override long NextExpiry => _nextExpiry;

    public override StreamConfiguration Configuration => _configuration;

    public override long? SeqOf(string key) => _byKey.TryGetValue(key, out var row) ? row.Seq : null;

    public override StoredMessage? Find(long seq) => IndexFrom(seq) is var i && i < _rows.Count && _rows[i].Seq == seq ? _rows[i].Message : null;

    public override StoredMessage? Find(string key) => _byKey.TryGetValue(key, out var row) ? row.Message : null;

    public override IReadOnlyList<string> Keys()
    {
        var keys = new List<string>(_byKey.Keys);
        keys.Sort(Utf8Order.Compare);
        return keys;
    }

    public override List<StoredMessage> Read(long start, long end, int maxMessages, long maxBytes)
    {
        var messages = new List<StoredMessage>();
        for (var i = IndexFrom(start); i < _rows.Count && _rows[i].Seq <= end && messages.Count < maxMessages && maxBytes > 0; i++)
        {
            if (_rows[i].Message is { } message)
            {
                messages.Add(message);
                maxBytes -= message.Raw.Length;
            }
        }

        return messages;
    }

    public override (long Count, long Bytes) Since(long time)
    {
        var (count, bytes) = (0L, 0L);
        for (var i = _rows.Count - 1; i >= _first; i--)
        {
            if (_rows[i].Message is not { } message)
            {
                continue;
            }

            if (message.Time >= time)
            {
                (count, bytes) = (count + 1, bytes + _rows[i].Size);
            }
            else if (_isTimeOrdered)
            {
                break;
            }
        }

        return (count, bytes);
    }

    public override long BytesUntil(long time)
    {
        var bytes = 0L;
        for (var i = _first; i < _rows.Count; i++)
        {
            if (_rows[i].Message is not { } message)
            {
                continue;
            }

            if (message.Time <= time)
            {
                bytes += _rows[i].Size;
            }
            else if (_isTimeOrdered)
            {
                break;
            }
        }

        return bytes;
    }

    public override long Insert(NewMessage message, long time)
    {
        if (message.Key is { } key && _byKey.TryGetValue(key, out var old))
        {
            Remove(old);
            Compact();
        }

        // A copy: what came is a part of a larger array.
        var stored = new StoredMessage(++_lastSeq, time, message.Key, message.Encoding, message.Raw.ToArray(), message.Headers);
        var row = new Row(stored, message.Size, message.Ttl is { } ttl ? time + ttl : long.MaxValue);
        _rows.Add(row);
        if (message.Key is not null)
        {
            _byKey[message.Key] = row;
        }

        _count++;
        _bytes += row.Size;
        _isTimeOrdered &= time >= _lastTime;
        _lastTime = time;
        _nextExpiry = Math.Min(_nextExpiry, row.Expiry);
        return stored.Seq;
    }

    public override ImmutableArray<long> DeleteOldest(long count)
    {
        var left = count;
        return Delete(_ => left-- > 0, endsEarly: true);
    }

    public override ImmutableArray<long> DeleteToFree(long bytes)
    {
        return Delete(IsNeeded, endsEarly: true);

        bool IsNeeded(Row row)
        {
            var isNeeded = bytes > 0;
            bytes -= row.Size;
            return isNeeded;
        }
    }

    public override ImmutableArray<long> DeleteUntil(long time) => Delete(row => row.Message!.Time <= time, endsEarly: _isTimeOrdered);

    public override ImmutableArray<long> DeleteExpired(long now)
    {
        var next = long.MaxValue;
        var gone = Delete(HasExpired, endsEarly: false);
        _nextExpiry = next;
        return gone;

        bool HasExpired(Row row)
        {
            if (row.Expiry < now)
            {
                return true;
            }

            next = Math.Min(next, row.Expiry);
            return false;
        }
    }

    public override ImmutableArray<long> DeleteUpTo(long seq) => Delete(row => row.Seq <= seq, endsEarly: true);

    public override ImmutableArray<long> Delete(long seq)
    {
        if (IndexFrom(seq) is var i && i < _rows.Count && _rows[i].Seq == seq && _rows[i].Message is not null)
        {
            Remove(_rows[i]);
            Compact();
            return [seq];
        }

        return [];
    }

    public override void Configure(StreamConfigurationChange change) => _configuration = _configuration.With(change);

    public override void Open()
    {
    }

    public override void Begin(bool isWrite)
    {
    }

    public override void Commit()
    {
    }

    /// <summary>Nothing here fails half done: all checks come before the first change.</summary>
    public override void Rollback()
    {
    }

    public override void Release()
    {
    }

    /// <summary>Deletes what <paramref name="isMeant"/> says, from the oldest on.</summary>
    /// <param name="isMeant">Called for each message that is there, in order.</param>
    /// <param name="endsEarly">Whether nothing follows after the first that isn't meant.</param>
    private ImmutableArray<long> Delete(Func<Row, bool> isMeant, bool endsEarly)
    {
        var gone = ImmutableArray.CreateBuilder<long>();
        for (var i = _first; i < _rows.Count; i++)
        {
            var row = _rows[i];
            if (row.Message is null)
            {
                continue;
            }

            if (isMeant(row))
            {
                Remove(row);
                gone.Add(row.Seq);
            }
            else if (endsEarly)
            {
                break;
            }
        }

        Compact();
        return gone.DrainToImmutable();
    }

    private void Remove(Row row)
    {
        if (row.Message!.Key is { } key)
        {
            _byKey.Remove(key);
        }

        _count--;
        _bytes -= row.Size;
        row.Message = null;
    }

    private void Compact()
    {
        while (_first < _rows.Count && _rows[_first].Message is null)
        {
            _first++;
        }

        if (_rows.Count >= MinCompaction && _count < _rows.Count / 2)
        {
            _rows.RemoveAll(row => row.Message is null);
            _first = 0;
            if (_rows.Count < _rows.Capacity / 4)
            {
                _rows.TrimExcess();
            }
        }
    }

    /// <summary>Where the first number from <paramref name="seq"/> on is.</summary>
    private int IndexFrom(long seq)
    {
        var (low, high) = (_first, _rows.Count);
        var rows = CollectionsMarshal.AsSpan(_rows);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (rows[middle].Seq < seq)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private sealed class Row(StoredMessage message, long size, long expiry)
    {
        public long Seq { get; } = message.Seq;

        public long Size { get; } = size;

        public long Expiry { get; } = expiry;

        /// <summary>Null when it is gone.</summary>
        public StoredMessage? Message { get; set; } = message;
    }
}
