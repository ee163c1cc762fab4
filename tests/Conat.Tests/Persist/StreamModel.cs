using ProjectSilo.Conat.Persist;

namespace ProjectSilo.Conat.Tests.Persist;

/// <summary>Spec 07 §1.7 and §1.9 read once more, as a list and nothing else.</summary>
internal sealed class StreamModel(bool isEphemeral)
{
    private readonly Dictionary<string, (long Seq, long Stored)> _names = [];
    private List<Row> _rows = [];
    private long _last;

    public sealed record Row(long Seq, long Time, string? Key, string Body, long Size, long? Ttl);

    public StreamConfiguration Configuration { get; set; } = StreamConfiguration.Default;

    public IReadOnlyList<Row> Rows => _rows;

    public List<string> Events { get; } = [];

    /// <returns>The number, or the code of the error.</returns>
    public string Set(long now, string? key, string body, long size, long? ttl, long? previous, string? name)
    {
        if (name is not null && _names.TryGetValue(name, out var first) && now - first.Stored <= 120_000)
        {
            return $"{first.Seq}";
        }

        if (key is not null && previous is not null && _rows.Find(row => row.Key == key)?.Seq != previous)
        {
            return PersistCodes.WrongLastSequence;
        }

        if (Enforce(now, size) is { } refused)
        {
            return refused;
        }

        _rows.RemoveAll(row => key is not null && row.Key == key);
        _rows.Add(new Row(++_last, now, key, body, size, ttl));
        Events.Add($"+{_last}");
        if (name is not null)
        {
            _names[name] = (_last, now);
        }

        return $"{_last}";
    }

    public string? Enforce(long now, long size)
    {
        var limits = Configuration;
        var maxBytes = isEphemeral && limits.MaxBytes is <= 0 or > 64_000_000 ? 64_000_000 : limits.MaxBytes;
        var isNew = limits.DiscardPolicy == DiscardPolicy.New;
        var total = _rows.Sum(row => row.Size);
        if (size > 0)
        {
            var recent = _rows.Where(row => row.Time >= now - 1_000).ToList();
            var aged = limits.MaxAge > 0 ? _rows.Where(row => row.Time <= now - limits.MaxAge).Sum(row => row.Size) : 0;
            if ((limits.MaxMsgsPerSecond > 0 && recent.Count > limits.MaxMsgsPerSecond)
                || (limits.MaxBytesPerSecond > 0 && recent.Sum(row => row.Size) > limits.MaxBytesPerSecond)
                || (isNew && limits.MaxMsgs > -1 && _rows.Count + 1 > limits.MaxMsgs)
                || (isNew && maxBytes > -1 && (size > maxBytes || total - aged + size > maxBytes))
                || (limits.MaxMsgSize > -1 && size > limits.MaxMsgSize))
            {
                return PersistCodes.Reject;
            }
        }

        if (!isNew && limits.MaxMsgs > -1)
        {
            Drop(_rows.Take((int)Math.Max(0, _rows.Count + (size > 0 ? 1 : 0) - limits.MaxMsgs)).ToList());
        }

        if (limits.MaxAge > 0)
        {
            Drop(_rows.Where(row => row.Time <= now - limits.MaxAge).ToList());
        }

        if (!isNew && maxBytes > -1)
        {
            var tooMuch = _rows.Sum(row => row.Size) + size - maxBytes;
            Drop(size > maxBytes ? [.. _rows] : [.. _rows.TakeWhile(row => (tooMuch -= row.Size) + row.Size > 0)]);
        }

        if (limits.AllowMsgTtl)
        {
            Drop(_rows.Where(row => row.Ttl is { } ttl && row.Time + ttl < now).ToList());
        }

        return null;
    }

    public string Delete(Predicate<Row> isMeant)
    {
        var gone = string.Join(',', _rows.Where(row => isMeant(row)).Select(row => row.Seq));
        _rows.RemoveAll(isMeant);
        Events.Add($"-{gone}");
        return gone;
    }

    private void Drop(List<Row> rows)
    {
        if (rows.Count > 0)
        {
            _rows = [.. _rows.Except(rows)];
            Events.Add("-" + string.Join(',', rows.Select(row => row.Seq)));
        }
    }
}
