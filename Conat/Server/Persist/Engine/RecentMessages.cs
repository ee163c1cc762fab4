using ProjectSilo.Conat.Persist;

namespace ProjectSilo.Conat.Server.Persist.Engine;

/// <summary>
/// The names (<c>msgID</c>) of the messages of the last two minutes, so that one that is sent again is not stored again (spec 07 §1.7). Not thread-safe.
/// </summary>
internal sealed class RecentMessages(TimeProvider time)
{
    /// <summary>From the first time a message is stored.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);

    /// <summary>Most names; with one more the oldest is forgotten early.</summary>
    private const int MaxNames = 200_000;

    private readonly Dictionary<string, SetResult> _results = new(StringComparer.Ordinal);

    /// <summary>The same in the order of their ends.</summary>
    private readonly Queue<(string Id, long Stored)> _order = new();

    /// <summary>Those that are not committed.</summary>
    private readonly List<string> _pending = [];

    /// <summary>Whether there is none. May be asked by anybody, any time.</summary>
    public bool IsEmpty => _order.Count == 0;

    /// <summary>The answer to the first message of this name, if it is still known.</summary>
    public bool TryGet(string id, out SetResult result)
    {
        ForgetOld();
        return _results.TryGetValue(id, out result);
    }

    /// <summary>A message of a new name is stored.</summary>
    public void Add(string id, SetResult result)
    {
        _results.Add(id, result);
        _pending.Add(id);
    }

    /// <summary>What was added stays.</summary>
    public void Commit()
    {
        var now = time.GetTimestamp();
        foreach (var id in _pending)
        {
            _order.Enqueue((id, now));
        }

        _pending.Clear();
        while (_order.Count > MaxNames)
        {
            _results.Remove(_order.Dequeue().Id);
        }
    }

    /// <summary>What was added since the last commit was never stored.</summary>
    public void Rollback()
    {
        foreach (var id in _pending)
        {
            _results.Remove(id);
        }

        _pending.Clear();
    }

    /// <summary>Forgets what is too old.</summary>
    public void ForgetOld()
    {
        while (_order.TryPeek(out var oldest) && time.GetElapsedTime(oldest.Stored) > Lifetime)
        {
            _results.Remove(oldest.Id);
            _order.Dequeue();
        }

        if (_order.Count == 0 && _pending.Count == 0 && _results.EnsureCapacity(0) > 16)
        {
            // A burst is over: its room goes too.
            _results.TrimExcess();
            _order.TrimExcess();
        }
    }
}
