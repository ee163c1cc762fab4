namespace ProjectSilo.Conat.Core.Messages;

/// <summary>
/// Puts the messages of one client together from their chunks (spec 05 §5.3). Not thread-safe: one reader.
/// </summary>
/// <param name="maxPartialBytes">Most bytes of all messages that are not whole. A chunk that passes it is dropped with all of its message.</param>
/// <param name="maxAge">A message whose first chunk is older is dropped.</param>
/// <param name="time">The clock.</param>
public sealed class MessageAssembler(long maxPartialBytes, TimeSpan maxAge, TimeProvider time)
{
    private readonly Dictionary<(string Pattern, string Id), Partial> _partials = [];
    private long _lastSweep = time.GetTimestamp();

    /// <summary>Bytes of messages that are not whole.</summary>
    public long PartialBytes { get; private set; }

    /// <summary>Chunks that came for nothing: their beginning is missing, or there was no room.</summary>
    public long DroppedChunks { get; private set; }

    /// <summary>Takes a chunk.</summary>
    /// <param name="pattern">The subscription it came for: the same message may come for several.</param>
    /// <param name="chunk">The chunk.</param>
    /// <returns>The message if it is whole, else null.</returns>
    public ConatMessage? Add(string pattern, ConatChunk chunk)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        Sweep();
        var key = (pattern, chunk.MessageId);
        if (!_partials.TryGetValue(key, out var partial))
        {
            if (chunk is { Sequence: 0, IsLast: true })
            {
                return new ConatMessage(chunk.Subject, chunk.Payload, chunk.Encoding, chunk.Headers, chunk.Lease);
            }

            if (chunk.Sequence != 0)
            {
                DroppedChunks++;
                return null;
            }

            _partials.Add(key, partial = new Partial(time.GetTimestamp()));
        }

        if (chunk.Sequence != partial.Pieces.Count || PartialBytes + chunk.Payload.Length > maxPartialBytes)
        {
            DroppedChunks++;
            Forget(key);
            return null;
        }

        partial.Pieces.Add(chunk.Payload);
        partial.Bytes += chunk.Payload.Length;
        PartialBytes += chunk.Payload.Length;
        if (!chunk.IsLast)
        {
            return null;
        }

        Forget(key);
        return new ConatMessage(chunk.Subject, Joined(partial), chunk.Encoding, chunk.Headers);
    }

    /// <summary>Forgets all: their other chunks will not come any more.</summary>
    public void Clear()
    {
        _partials.Clear();
        PartialBytes = 0;
    }

    private static byte[] Joined(Partial partial)
    {
        var whole = new byte[partial.Bytes];
        var at = 0;
        foreach (var piece in partial.Pieces)
        {
            piece.CopyTo(whole.AsMemory(at));
            at += piece.Length;
        }

        return whole;
    }

    private void Forget((string Pattern, string Id) key)
    {
        if (_partials.Remove(key, out var partial))
        {
            PartialBytes -= partial.Bytes;
        }
    }

    private void Sweep()
    {
        if (_partials.Count == 0 || time.GetElapsedTime(_lastSweep) < maxAge / 2)
        {
            return;
        }

        _lastSweep = time.GetTimestamp();
        foreach (var (key, partial) in _partials.ToList())
        {
            if (time.GetElapsedTime(partial.Started) > maxAge)
            {
                Forget(key);
            }
        }
    }

    private sealed class Partial(long started)
    {
        public long Started { get; } = started;

        public List<ReadOnlyMemory<byte>> Pieces { get; } = [];

        public long Bytes { get; set; }
    }
}
