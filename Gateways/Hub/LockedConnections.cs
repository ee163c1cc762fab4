namespace ProjectSilo.Gateways.Hub;

/// <summary>
/// The connections that have not sent the token yet. Bounded by closing the one that has waited longest, so that a crowd of silent connections can't keep a hub
/// out: a hub sends its token at once.
/// </summary>
internal sealed class LockedConnections(int limit)
{
    /// <summary>Guards <see cref="_waiting"/>, oldest first.</summary>
    private readonly Lock _lock = new();
    private readonly LinkedList<Action> _waiting = [];

    /// <summary>Takes a connection in.</summary>
    /// <param name="close">Closes it; called if it has to make room.</param>
    /// <returns>Its place, for <see cref="Leave"/>.</returns>
    public LinkedListNode<Action> Enter(Action close)
    {
        LinkedListNode<Action> node;
        Action? oldest = null;
        lock (_lock)
        {
            node = _waiting.AddLast(close);
            if (_waiting.Count > limit)
            {
                oldest = _waiting.First!.Value;
                _waiting.RemoveFirst();
            }
        }

        oldest?.Invoke();
        return node;
    }

    public void Leave(LinkedListNode<Action> node)
    {
        lock (_lock)
        {
            if (node.List is not null)
            {
                _waiting.Remove(node);
            }
        }
    }
}
