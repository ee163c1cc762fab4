using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using ProjectSilo.Conat.Core.Messages;

namespace ProjectSilo.Conat.Sockets;

/// <summary>
/// The receiving half of a socket's end (spec 06 §6.4), without I/O: puts messages in order, drops those it had, and tells what is missing. Not thread-safe.
/// </summary>
/// <param name="maxMessages">Most messages that wait for their turn; further ones are dropped, and missing later. Also most messages that may be missing.</param>
/// <param name="maxBytes">Most bytes that wait for their turn; the next message always fits.</param>
internal sealed class SocketReceiver(int maxMessages, long maxBytes)
{
    private readonly Dictionary<long, ConatMessage> _stored = [];
    private long _bytes;
    private long _highest;

    /// <summary>The number of the message whose turn is next.</summary>
    public long Next { get; private set; } = 1;

    /// <summary>Whether nothing goes on without asking: the next message is missing, a later one has come.</summary>
    public bool HasGap => _highest >= Next && !_stored.ContainsKey(Next);

    /// <summary>Takes a message.</summary>
    /// <param name="number">From 1.</param>
    /// <param name="message">As it came.</param>
    public SocketReceipt Add(long number, ConatMessage message)
    {
        if (number < Next)
        {
            return SocketReceipt.Duplicate;
        }

        // Those that are missing: all up to it, but those stored.
        if (number - Next > (long)maxMessages + _stored.Count)
        {
            return SocketReceipt.TooFar;
        }

        _highest = Math.Max(_highest, number);
        var hasRoom = number == Next || (_stored.Count < maxMessages && _bytes + message.Raw.Length <= maxBytes);
        if (hasRoom && _stored.TryAdd(number, message))
        {
            _bytes += message.Raw.Length;
        }

        return SocketReceipt.Taken;
    }

    /// <summary>The next message.</summary>
    /// <returns>False if it hasn't come.</returns>
    public bool TryPeek([NotNullWhen(true)] out ConatMessage? message) => _stored.TryGetValue(Next, out message);

    /// <summary>The next message is delivered.</summary>
    public void Advance()
    {
        _stored.Remove(Next, out var message);
        _bytes -= message!.Raw.Length;
        Next++;
    }

    /// <summary>What is missing up to the highest number seen, ascending, as far as there is room for it.</summary>
    public ImmutableArray<long> Missing()
    {
        var numbers = ImmutableArray.CreateBuilder<long>();
        for (var number = Next; number <= _highest && numbers.Count < Math.Max(1, maxMessages - _stored.Count); number++)
        {
            if (!_stored.ContainsKey(number))
            {
                numbers.Add(number);
            }
        }

        return numbers.DrainToImmutable();
    }
}
