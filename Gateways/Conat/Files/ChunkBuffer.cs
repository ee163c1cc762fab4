using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.MessagePack;

namespace ProjectSilo.Gateways.Conat.Files;

/// <summary>Collects the blocks of a chunk, encoded as it is sent. The memory is used again for the next chunk.</summary>
/// <param name="capacity">Bytes of a full chunk.</param>
internal sealed class ChunkBuffer(int capacity) : IDisposable
{
    /// <summary>Room for the header, then the bytes.</summary>
    private byte[] _buffer = [];

    /// <summary>Bytes collected.</summary>
    public int Length { get; private set; }

    /// <summary>Whether no more fit.</summary>
    public bool IsFull => Length == capacity;

    /// <summary>The chunk as MessagePack; valid until something is added.</summary>
    public ReadOnlyMemory<byte> Encoded
    {
        get
        {
            var header = MessagePackCodec.WriteBytesHeader(_buffer.AsSpan(0, MessagePackCodec.MaxBytesHeader), Length);
            return _buffer.AsMemory(MessagePackCodec.MaxBytesHeader - header, header + Length);
        }
    }

    /// <summary>Adds what fits.</summary>
    /// <returns>What didn't.</returns>
    public ReadOnlyMemory<byte> Add(ReadOnlyMemory<byte> block)
    {
        var count = Math.Min(block.Length, capacity - Length);
        Reserve(count);
        block.Span[..count].CopyTo(_buffer.AsSpan(MessagePackCodec.MaxBytesHeader + Length));
        Length += count;
        return block[count..];
    }

    /// <summary>Begins the next chunk.</summary>
    public void Clear() => Length = 0;

    /// <summary>Somebody else may still read the memory: it isn't used again.</summary>
    public void Abandon() => (_buffer, Length) = ([], 0);

    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            PayloadArrays.Return(_buffer);
            Abandon();
        }
    }

    /// <summary>A small file takes little; with a second block there probably are many.</summary>
    private void Reserve(int count)
    {
        var needed = MessagePackCodec.MaxBytesHeader + Length + count;
        if (needed <= _buffer.Length)
        {
            return;
        }

        var larger = PayloadArrays.Rent(Length == 0 ? needed : MessagePackCodec.MaxBytesHeader + capacity);
        _buffer.AsSpan(0, Math.Min(_buffer.Length, MessagePackCodec.MaxBytesHeader + Length)).CopyTo(larger);
        if (_buffer.Length > 0)
        {
            PayloadArrays.Return(_buffer);
        }

        _buffer = larger;
    }
}
