using System.Threading.Channels;
using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Gateways.Hub;

/// <summary>The daemon's open calls over one connection, by <c>id</c> (spec 02 §10).</summary>
internal sealed class HubCallTable
{
    private const int MaxClosedIds = 1_000;

    // A feed whose user does not keep up is ended: 10,000 changes are far beyond what its tables see in an hour.
    private const int MaxWaitingAnswers = 10_000;

    /// <summary>Guards all below.</summary>
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Channel<WireValue.Members>> _open = new(StringComparer.Ordinal);

    /// <summary>Calls that have ended, so that a late answer is not taken for a request. Bounded: the oldest are forgotten.</summary>
    private readonly HashSet<string> _closedIds = new(StringComparer.Ordinal);
    private readonly Queue<string> _closedOrder = new();
    private bool _isClosed;

    /// <summary>Opens a call; its answers come from the result.</summary>
    /// <exception cref="RequestException">The connection has ended.</exception>
    public ChannelReader<WireValue.Members> Open(string id)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                throw new RequestException("socket closed");
            }

            return (_open[id] = Channel.CreateBounded<WireValue.Members>(MaxWaitingAnswers)).Reader;
        }
    }

    /// <summary>Ends a call.</summary>
    public void End(string id)
    {
        lock (_lock)
        {
            if (!_open.Remove(id))
            {
                return;
            }

            _closedIds.Add(id);
            _closedOrder.Enqueue(id);
            if (_closedOrder.Count > MaxClosedIds)
            {
                _closedIds.Remove(_closedOrder.Dequeue());
            }
        }
    }

    /// <summary>Gives an answer to its call.</summary>
    /// <returns>True if the message was one, a late one included.</returns>
    public bool TryDeliver(WireValue.Members message)
    {
        if (message["id"].AsText() is not { } id)
        {
            return false;
        }

        var isLast = !message["multi_response"].IsTruthy();
        lock (_lock)
        {
            if (!_open.TryGetValue(id, out var call))
            {
                return _closedIds.Contains(id);
            }

            if (!call.Writer.TryWrite(message))
            {
                call.Writer.TryComplete(new RequestException("too many changes are waiting"));
            }

            if (isLast)
            {
                // Who expects more, as a feed does, must not wait for ever.
                call.Writer.TryComplete(new RequestException("the hub has ended the call"));
            }
        }

        if (isLast)
        {
            End(id);
        }

        return true;
    }

    /// <summary>The connection has ended, and with it all its calls.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            foreach (var call in _open.Values)
            {
                call.Writer.TryComplete(new RequestException("socket closed"));
            }

            _open.Clear();
        }
    }
}
