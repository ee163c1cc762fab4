using System.Collections.Immutable;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Sockets;

/// <summary>
/// The sending half of a socket's end (spec 06 §6.4), without I/O: numbers messages from 1, and keeps each until it is acknowledged. Not thread-safe.
/// </summary>
/// <param name="maxMessages">Most messages kept.</param>
/// <param name="maxBytes">Most bytes kept; one message always fits.</param>
internal sealed class SocketSender(int maxMessages, long maxBytes)
{
    private readonly Dictionary<long, SocketMessage> _kept = [];
    private long _bytes;

    /// <summary>The number of the last message; 0 if there was none.</summary>
    public long Last { get; private set; }

    /// <summary>All up to this one are acknowledged.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>All up to this one have been sent at least once.</summary>
    public long Sent { get; private set; }

    /// <summary>Whether all is acknowledged.</summary>
    public bool IsEmpty => _kept.Count == 0;

    /// <summary>Takes a message.</summary>
    /// <returns>False if it has no room.</returns>
    public bool TryAdd(ReadOnlyMemory<byte> raw, WireValue.Members? headers)
    {
        if (_kept.Count >= maxMessages || (_kept.Count > 0 && _bytes + raw.Length > maxBytes))
        {
            return false;
        }

        Last++;
        _kept.Add(Last, new SocketMessage(raw, SocketWire.WithNumber(headers, Last)));
        _bytes += raw.Length;
        return true;
    }

    /// <summary>The first message that has never been sent; null if there is none.</summary>
    public SocketMessage? NextUnsent => Sent < Last ? _kept[Sent + 1] : null;

    /// <summary>The last message; null if all is acknowledged.</summary>
    public SocketMessage? LastKept => IsEmpty ? null : _kept[Last];

    /// <summary><see cref="NextUnsent"/> has been sent.</summary>
    public void CountSent() => Sent++;

    /// <summary>The other end has all up to <paramref name="number"/>. What was never sent can't be acknowledged.</summary>
    public void Acknowledge(long number)
    {
        for (var end = Math.Min(number, Sent); Acknowledged < end;)
        {
            Acknowledged++;
            _kept.Remove(Acknowledged, out var message);
            _bytes -= message!.Raw.Length;
        }
    }

    /// <summary>Messages that the other end misses, in the order it asks.</summary>
    /// <returns>Null if one of them isn't kept any more, or it asks for one repeatedly.</returns>
    public ImmutableArray<SocketMessage>? Find(ImmutableArray<long> numbers)
    {
        var found = ImmutableArray.CreateBuilder<SocketMessage>();
        var bytes = 0L;
        foreach (var number in numbers)
        {
            if (!_kept.TryGetValue(number, out var message) || (bytes += message.Raw.Length) > _bytes || found.Count >= _kept.Count)
            {
                return null;
            }

            found.Add(message);
        }

        return found.DrainToImmutable();
    }
}
