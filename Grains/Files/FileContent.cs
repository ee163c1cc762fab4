using System.Buffers;
using System.Text;

namespace ProjectSilo.Grains.Files;

/// <summary>The bytes of a file while it is written. Those of a text are in a buffer that is used again, given back by <see cref="Dispose"/>.</summary>
internal readonly struct FileContent : IDisposable
{
    private readonly byte[]? _rented;

    private FileContent(ReadOnlyMemory<byte> bytes, byte[]? rented)
    {
        Bytes = bytes;
        _rented = rented;
    }

    public ReadOnlyMemory<byte> Bytes { get; }

    public static FileContent Of(ReadOnlyMemory<byte> bytes) => new(bytes, null);

    /// <summary>UTF-8, with U+FFFD for lone surrogates.</summary>
    public static FileContent Of(string text)
    {
        var rented = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetByteCount(text));
        return new FileContent(rented.AsMemory(0, Encoding.UTF8.GetBytes(text, rented)), rented);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented);
        }
    }
}
