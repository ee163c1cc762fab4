using System.Diagnostics.CodeAnalysis;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>The rows of a stream that a client holds, in order, and the newest of each key (spec 07 §3.1, §3.4). A plain state: its owner serialises all use.</summary>
internal sealed class StreamRows
{
    /// <summary>Ascending by number.</summary>
    private readonly List<StreamMessage> _rows = [];

    /// <summary>The newest row of each key, tombstones too: an older one that comes late must not bring the key back.</summary>
    private readonly Dictionary<string, StreamMessage> _newest = new(StringComparer.Ordinal);
    private int _tombstones;

    public int Count => _rows.Count;

    public int KeyCount => _newest.Count - _tombstones;

    /// <summary>The sum of the encoded values.</summary>
    public long Bytes { get; private set; }

    /// <summary>The number of the first row; 0 if there is none.</summary>
    public long FirstSeq => _rows.Count == 0 ? 0 : _rows[0].Seq;

    /// <summary>The number of the last row; 0 if there is none.</summary>
    public long LastSeq => _rows.Count == 0 ? 0 : _rows[^1].Seq;

    public StreamMessage this[int index] => _rows[index];

    public StreamMessage[] ToArray() => [.. _rows];

    /// <summary>The row with this number; null if it isn't held.</summary>
    public StreamMessage? Find(long seq)
    {
        var index = IndexOf(seq);
        return index < 0 ? null : _rows[index];
    }

    /// <summary>The newest row of a key that is not deleted.</summary>
    public bool TryGetKey(string key, [NotNullWhen(true)] out StreamMessage? message)
    {
        if (_newest.TryGetValue(key, out message) && !message.IsTombstone)
        {
            return true;
        }

        message = null;
        return false;
    }

    /// <summary>The number of a key's newest row, also if that is a tombstone; 0 if there is none.</summary>
    public long NewestSeq(string key) => _newest.TryGetValue(key, out var row) ? row.Seq : 0;

    /// <summary>The keys that are not deleted, with their rows, in the order of the rows.</summary>
    public IEnumerable<KeyValuePair<string, StreamMessage>> Keys()
    {
        foreach (var row in _rows)
        {
            if (row.Key is { } key && !row.IsTombstone && ReferenceEquals(_newest[key], row))
            {
                yield return new(key, row);
            }
        }
    }

    /// <summary>Takes a row in, wherever its place is; the row that it replaces goes.</summary>
    /// <returns>What changed; null if the row is held already, or its key has a newer one.</returns>
    public StreamChange? Add(StreamMessage row, string? messageId = null)
    {
        var index = IndexOf(row.Seq);
        if (index >= 0 || (row.Key is { } late && NewestSeq(late) > row.Seq))
        {
            return null;
        }

        WireValue? previous = null;
        if (row.Key is { } key)
        {
            if (_newest.TryGetValue(key, out var old))
            {
                previous = old.Value;
                _tombstones -= old.IsTombstone ? 1 : 0;
                RemoveAt(IndexOf(old.Seq));
                index = IndexOf(row.Seq);
            }

            _newest[key] = row;
            _tombstones += row.IsTombstone ? 1 : 0;
        }

        _rows.Insert(~index, row);
        Bytes += row.Raw.Length;
        return new StreamChange(row.Seq, row, row.Key, previous, messageId);
    }

    /// <summary>Removes a row.</summary>
    /// <returns>What changed; null if it wasn't held.</returns>
    public StreamChange? Remove(long seq)
    {
        var index = IndexOf(seq);
        if (index < 0)
        {
            return null;
        }

        var row = _rows[index];
        RemoveAt(index);
        if (row.Key is not { } key)
        {
            return new StreamChange(seq, null, null, row.Value);
        }

        _newest.Remove(key);
        if (!row.IsTombstone)
        {
            return new StreamChange(seq, null, key, row.Value);
        }

        // The key was gone already.
        _tombstones--;
        return new StreamChange(seq, null, null, row.Value);
    }

    /// <summary>Makes the rows from <paramref name="startSeq"/> on those that are given.</summary>
    /// <param name="rows">Ascending by number.</param>
    /// <param name="startSeq">Rows before it stay.</param>
    /// <param name="changes">Gets what that changes.</param>
    public void Replace(IReadOnlyList<StreamMessage> rows, long startSeq, List<StreamChange> changes)
    {
        var times = new Dictionary<long, DateTimeOffset>(rows.Count);
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            times[row.Seq] = row.Time;
            if (row.Key is { } key)
            {
                keys.Add(key);
            }
        }

        Dictionary<string, WireValue>? replaced = null;
        foreach (var held in _rows.ToArray())
        {
            // A stream that began anew has other rows under the same numbers.
            if (held.Seq < startSeq || (times.TryGetValue(held.Seq, out var time) && time == held.Time))
            {
                continue;
            }

            var gone = Remove(held.Seq)!;
            if (held.Key is { } key && keys.Contains(key))
            {
                // The key has another row: that is no deletion.
                (replaced ??= new(StringComparer.Ordinal))[key] = held.Value;
            }
            else
            {
                changes.Add(gone);
            }
        }

        foreach (var row in rows)
        {
            if (Add(row) is { } change)
            {
                changes.Add(row.Key is { } key && replaced is not null && replaced.TryGetValue(key, out var previous) ? change with { Previous = previous } : change);
            }
        }
    }

    private void RemoveAt(int index)
    {
        Bytes -= _rows[index].Raw.Length;
        _rows.RemoveAt(index);
    }

    /// <returns>As a binary search's: the complement of the place if there is none.</returns>
    private int IndexOf(long seq)
    {
        // Nearly all that comes is newer than what is held.
        if (_rows.Count == 0 || seq > _rows[^1].Seq)
        {
            return ~_rows.Count;
        }

        var (low, high) = (0, _rows.Count - 1);
        while (low <= high)
        {
            var middle = low + ((high - low) / 2);
            var found = _rows[middle].Seq;
            if (found == seq)
            {
                return middle;
            }

            (low, high) = found < seq ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }
}
