using System.Collections.Immutable;

namespace ProjectSilo.Conat.Server.Persist.Storage;

/// <summary>How messages go.</summary>
internal sealed partial class MemoryStore
{
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
}
