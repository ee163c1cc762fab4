using System.Buffers;
using System.Collections.Concurrent;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>Hands out <see cref="SharedBuffer"/>s. What is never released is collected as anything else.</summary>
public sealed class SharedBufferPool
{
    /// <summary>More are not kept. With the arrays that stay with them, 2 MB.</summary>
    private const int MaxKept = 4096;

    private readonly ConcurrentQueue<SharedBuffer> _free = new();
    private int _freeCount;
    private long _inUse;

    /// <summary>Buffers that were handed out and are not back.</summary>
    internal long InUse => Interlocked.Read(ref _inUse);

    /// <summary>An empty buffer with room for <paramref name="capacity"/> bytes at least, held once.</summary>
    public SharedBuffer Rent(int capacity)
    {
        var buffer = Take();
        buffer.Begin(Math.Max(capacity, 16));
        return buffer;
    }

    /// <summary>A copy of <paramref name="bytes"/>, held once.</summary>
    public SharedBuffer Copy(ReadOnlyMemory<byte> bytes)
    {
        var buffer = Rent(bytes.Length);
        buffer.Write(bytes.Span);
        return buffer;
    }

    private SharedBuffer Take()
    {
        Interlocked.Increment(ref _inUse);
        if (_free.TryDequeue(out var buffer))
        {
            Interlocked.Decrement(ref _freeCount);
            return buffer;
        }

        return new SharedBuffer(this);
    }

    internal void Return(SharedBuffer buffer)
    {
        Interlocked.Decrement(ref _inUse);
        if (Interlocked.Increment(ref _freeCount) <= MaxKept)
        {
            _free.Enqueue(buffer);
        }
        else
        {
            Interlocked.Decrement(ref _freeCount);
        }
    }
}
