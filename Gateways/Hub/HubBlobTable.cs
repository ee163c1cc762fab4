using ProjectSilo.Conat.Values;

namespace ProjectSilo.Gateways.Hub;

/// <summary>
/// The requests of one connection that wait for a blob, by its uuid (spec 02 §6). They are registered before the next frame is looked at, since the blob follows back to
/// back; one that comes unannounced is lost. Bounded in number and in time. Used by the connection's reader only.
/// </summary>
internal sealed class HubBlobTable(int limit, TimeSpan timeout, TimeProvider time)
{
    private readonly Dictionary<string, List<(WireValue.Members Request, long Since)>> _waiting = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>Lets a request wait.</summary>
    /// <returns>False if too many do.</returns>
    public bool TryExpect(string uuid, WireValue.Members request)
    {
        if (_count >= limit)
        {
            DropExpired();
        }

        if (_count >= limit)
        {
            return false;
        }

        if (!_waiting.TryGetValue(uuid, out var requests))
        {
            _waiting[uuid] = requests = [];
        }

        requests.Add((request, time.GetTimestamp()));
        _count++;
        return true;
    }

    /// <summary>The requests that this blob is for, the oldest first. They wait no longer.</summary>
    public IReadOnlyList<WireValue.Members> Take(string uuid)
    {
        if (!_waiting.Remove(uuid, out var requests))
        {
            return [];
        }

        _count -= requests.Count;
        return [.. requests.Where(entry => !IsExpired(entry.Since)).Select(entry => entry.Request)];
    }

    private void DropExpired()
    {
        foreach (var (uuid, requests) in _waiting)
        {
            _count -= requests.RemoveAll(entry => IsExpired(entry.Since));
            if (requests.Count == 0)
            {
                _waiting.Remove(uuid);
            }
        }
    }

    private bool IsExpired(long since) => time.GetElapsedTime(since) > timeout;
}
