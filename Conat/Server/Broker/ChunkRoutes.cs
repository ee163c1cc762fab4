namespace ProjectSilo.Conat.Server.Broker;

/// <summary>
/// Which member of each queue group got the first chunk of a message, so that it gets the others too (spec 05 §11): else a message of several chunks is lost
/// where a group has several members. Of one publisher; beyond the bound the oldest message is forgotten.
/// </summary>
internal sealed class ChunkRoutes(int maxMessages, TimeSpan timeout, TimeProvider time)
{
    private readonly OrderedDictionary<string, Route> _routes = new(StringComparer.Ordinal);

    /// <summary>The member that gets a chunk.</summary>
    public IMessageReceiver Choose(string messageId, PatternInterest interest, QueueGroup group, Random random)
    {
        if (group.Members.Length == 1)
        {
            return group.Members[0];
        }

        DropExpired();
        if (!_routes.TryGetValue(messageId, out var route))
        {
            if (_routes.Count == maxMessages)
            {
                _routes.RemoveAt(0);
            }

            _routes[messageId] = route = new Route(time.GetTimestamp());
        }

        if (!route.Members.TryGetValue((interest.Pattern, group.Queue), out var member) || !group.Members.Contains(member))
        {
            route.Members[(interest.Pattern, group.Queue)] = member = group.Choose(random);
        }

        return member;
    }

    /// <summary>Forgets a message: its last chunk is on its way.</summary>
    public void End(string messageId) => _routes.Remove(messageId);

    private void DropExpired()
    {
        while (_routes.Count > 0 && time.GetElapsedTime(_routes.GetAt(0).Value.Started) > timeout)
        {
            _routes.RemoveAt(0);
        }
    }

    private sealed record Route(long Started)
    {
        public Dictionary<(string Pattern, string Queue), IMessageReceiver> Members { get; } = [];
    }
}
