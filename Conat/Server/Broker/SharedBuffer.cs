using System.Buffers;
using ProjectSilo.Conat.Core;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>
/// Bytes that several receivers send at once: a payload is held once, however many get it. Counted: who keeps it calls <see cref="Hold"/>, and everybody calls
/// <see cref="Release"/> exactly once; the last one gives the bytes back to the pool.
/// </summary>
public sealed class SharedBuffer : IBufferWriter<byte>
{
    /// <summary>Arrays up to this stay with their buffer: so many small messages wait at once that the shared pool of arrays would run dry.</summary>
    private const int MaxKeptBytes = 512;

    private readonly SharedBufferPool _owner;
    private byte[] _bytes = [];

    private int _holders;

    internal SharedBuffer(SharedBufferPool owner) => _owner = owner;

    public int Length { get; private set; }

    /// <summary>What was written; valid while held.</summary>
    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    internal void Begin(int capacity)
    {
        if (_bytes.Length < capacity)
        {
            GiveBack();
            _bytes = PayloadArrays.Rent(capacity);
        }

        Length = 0;
        _holders = 1;
    }

    /// <summary>Whether it holds little more memory than bytes.</summary>
    internal bool IsFull => Length >= _bytes.Length / 2;

    /// <summary>Empties it; for whoever holds it alone.</summary>
    internal void Clear() => Length = 0;

    /// <summary>One more holder.</summary>
    public void Hold() => Interlocked.Increment(ref _holders);

    /// <summary>One holder less.</summary>
    public void Release()
    {
        var left = Interlocked.Decrement(ref _holders);
        ObjectDisposedException.ThrowIf(left < 0, this);
        if (left == 0)
        {
            Length = 0;
            if (_bytes.Length > MaxKeptBytes)
            {
                GiveBack();
            }

            _owner.Return(this);
        }
    }

    /// <inheritdoc />
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_bytes.Length - Length), nameof(count));
        Length += count;
    }

    /// <inheritdoc />
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(Length);
    }

    /// <inheritdoc />
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsSpan(Length);
    }

    private void GiveBack()
    {
        if (_bytes.Length > 0)
        {
            PayloadArrays.Return(_bytes);
            _bytes = [];
        }
    }

    private void Reserve(int count)
    {
        if (_bytes.Length - Length >= count)
        {
            return;
        }

        var larger = PayloadArrays.Rent(Math.Max(Length + count, 2 * Length));
        _bytes.AsSpan(0, Length).CopyTo(larger);
        PayloadArrays.Return(_bytes);
        _bytes = larger;
    }
}
