using System.Collections.Immutable;

namespace ProjectSilo.Grains.Status;

/// <summary>
/// Which parts of the daemon don't work now, which the next status tells as the alert <c>{"type":"component","names":["BlobStore"]}</c> (spec 14 §6). Whoever owns such a part
/// says so here, and when it works again. Thread-safe; there are as many names as parts.
/// </summary>
internal sealed class BrokenComponents
{
    /// <summary>Protects the names.</summary>
    private readonly Lock _lock = new();
    private ImmutableArray<string> _names = [];

    /// <summary>Their names, sorted as texts.</summary>
    public ImmutableArray<string> Names
    {
        get
        {
            lock (_lock)
            {
                return _names;
            }
        }
    }

    /// <summary>A part has failed, or works again.</summary>
    /// <param name="name">As users are told, e.g. <c>BlobStore</c>.</param>
    /// <param name="isBroken">Whether it has failed.</param>
    public void Report(string name, bool isBroken)
    {
        lock (_lock)
        {
            var others = _names.Remove(name);
            _names = isBroken ? others.Add(name).Sort(StringComparer.Ordinal) : others;
        }
    }
}
