using System.Diagnostics.CodeAnalysis;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>
/// The changes of a dkv that the stream doesn't show yet (spec 07 §5.1, §5.2), as a plain state: its owner serialises all use. A change is unsaved until the stream shows it; of
/// a delete the server's answer is enough, but it goes on hiding the key until the stream shows it.
/// </summary>
/// <param name="maxChanges">Most changes; one more fails.</param>
/// <param name="maxBytes">Most bytes of their values and keys; one always fits.</param>
internal sealed class DkvLocalChanges(int maxChanges, long maxBytes)
{
    private readonly Dictionary<string, DkvLocalChange> _changes = new(StringComparer.Ordinal);
    private long _order;
    private long _bytes;

    /// <summary>Deletes that the server has, and the stream doesn't show yet.</summary>
    private int _hiding;

    /// <summary>How many are not confirmed.</summary>
    public int Unsaved => _changes.Count - _hiding;

    /// <summary>All changes, those that only hide too.</summary>
    public Dictionary<string, DkvLocalChange>.ValueCollection All => _changes.Values;

    public bool TryGet(string key, [NotNullWhen(true)] out DkvLocalChange? change) => _changes.TryGetValue(key, out change);

    /// <summary>Whether <paramref name="change"/> is what its key has now.</summary>
    public bool Has(DkvLocalChange change) => _changes.TryGetValue(change.Key, out var found) && ReferenceEquals(found, change);

    /// <summary>Changes a key.</summary>
    /// <exception cref="ConatException">Too much is unsaved, code 429. Nothing is changed then.</exception>
    public DkvLocalChange Set(string key, WireValue? value, ReadOnlyMemory<byte> raw, WireValue.Members? headers)
    {
        _changes.TryGetValue(key, out var old);
        var change = new DkvLocalChange(key, value, raw, headers, old?.Order ?? _order);
        var bytes = _bytes - (old?.Size ?? 0) + change.Size;
        if (old is null && (_changes.Count >= maxChanges || (_changes.Count > 0 && bytes > maxBytes)))
        {
            throw new ConatException("too many changes are not saved yet", 429);
        }

        _order += old is null ? 1 : 0;
        _bytes = bytes;
        _hiding -= old is not null && IsHiding(old) ? 1 : 0;
        _changes[key] = change;
        return change;
    }

    /// <summary>Forgets a change, if it is still what its key has.</summary>
    /// <returns>Whether it was.</returns>
    public bool Forget(DkvLocalChange change)
    {
        if (!Has(change))
        {
            return false;
        }

        _changes.Remove(change.Key);
        _bytes -= change.Size;
        _hiding -= IsHiding(change) ? 1 : 0;
        return true;
    }

    /// <summary>The changes to be saved, in order: those that the server has not answered for.</summary>
    public List<DkvLocalChange> ToSave()
    {
        var changes = new List<DkvLocalChange>(_changes.Count);
        foreach (var change in _changes.Values)
        {
            if (change.StoredSeq == 0)
            {
                changes.Add(change);
            }
        }

        changes.Sort(static (a, b) => a.Order.CompareTo(b.Order));
        return changes;
    }

    /// <summary>The unsaved keys, in order.</summary>
    public List<string> UnsavedKeys()
    {
        var changes = _changes.Values.Where(change => !IsHiding(change)).ToList();
        changes.Sort(static (a, b) => a.Order.CompareTo(b.Order));
        return changes.ConvertAll(static change => change.Key);
    }

    /// <summary>The server has stored a change.</summary>
    /// <param name="change">What was sent.</param>
    /// <param name="seq">Its number.</param>
    /// <param name="shownSeq">The number of the key's newest row that the stream shows.</param>
    /// <param name="generation">As <see cref="DkvLocalChange.StoredGeneration"/>.</param>
    public void OnStored(DkvLocalChange change, long seq, long shownSeq, long generation)
    {
        if (!Has(change))
        {
            return;
        }

        if (shownSeq >= seq)
        {
            // The stream was faster than the answer, as it mostly is.
            Forget(change);
            return;
        }

        (change.StoredSeq, change.StoredGeneration) = (seq, generation);
        _hiding += change.IsDelete ? 1 : 0;
    }

    /// <summary>The stream was compared with the server's: it shows whatever the server had stored before.</summary>
    public void OnResynced(long generation)
    {
        foreach (var change in _changes.Values.Where(change => change.StoredSeq > 0 && change.StoredGeneration < generation).ToList())
        {
            Forget(change);
        }
    }

    private static bool IsHiding(DkvLocalChange change) => change.IsDelete && change.StoredSeq > 0;
}
