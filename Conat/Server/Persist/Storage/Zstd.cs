using System.Runtime.InteropServices;

namespace ProjectSilo.Conat.Server.Persist.Storage;

/// <summary>
/// zstd frames (spec 07 §1.12) by the system's <c>libzstd.so.1</c>, which is loaded when a large message is first stored or read. Without it messages are stored as they are,
/// and compressed ones can't be read.
/// </summary>
internal static partial class Zstd
{
    private const string Library = "libzstd.so.1";
    private const int DefaultLevel = 3;
    private const ulong UnknownSize = ulong.MaxValue;
    private const ulong NoFrame = ulong.MaxValue - 1;

    private static readonly Lazy<bool> LoadedLibrary = new(static () => NativeLibrary.TryLoad(Library, out _));

    /// <summary>Whether the library is there.</summary>
    public static bool IsAvailable => LoadedLibrary.Value;

    /// <summary>One frame with the size of its content.</summary>
    /// <returns>Null without the library.</returns>
    public static byte[]? TryCompress(ReadOnlySpan<byte> content)
    {
        if (!IsAvailable)
        {
            return null;
        }

        var bound = checked((int)ZSTD_compressBound((nuint)content.Length));
        var frame = new byte[bound];
        var length = ZSTD_compress(frame, (nuint)frame.Length, content, (nuint)content.Length, DefaultLevel);
        return ZSTD_isError(length) == 0 ? frame.AsSpan(0, (int)length).ToArray() : null;
    }

    /// <summary>The content of a frame.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="length">The length that the content must have.</param>
    /// <exception cref="StorageException">It is no such frame, or the library isn't there.</exception>
    public static byte[] Decompress(ReadOnlySpan<byte> frame, long length)
    {
        if (!IsAvailable)
        {
            throw new StorageException("the message is compressed, and libzstd is not installed", StorageException.NotSupported);
        }

        var told = ZSTD_getFrameContentSize(frame, (nuint)frame.Length);
        if (told == NoFrame || length < 0 || length > Array.MaxLength || (told != UnknownSize && told != (ulong)length))
        {
            throw Damaged();
        }

        var content = new byte[length];
        var written = ZSTD_decompress(content, (nuint)content.Length, frame, (nuint)frame.Length);
        return ZSTD_isError(written) == 0 && written == (nuint)content.Length ? content : throw Damaged();
    }

    private static StorageException Damaged() => new("a compressed message of the stream is damaged", StorageException.Damaged);

    [LibraryImport(Library)]
    private static partial nuint ZSTD_compressBound(nuint size);

    [LibraryImport(Library)]
    private static partial nuint ZSTD_compress(Span<byte> target, nuint capacity, ReadOnlySpan<byte> source, nuint size, int level);

    [LibraryImport(Library)]
    private static partial nuint ZSTD_decompress(Span<byte> target, nuint capacity, ReadOnlySpan<byte> source, nuint size);

    [LibraryImport(Library)]
    private static partial ulong ZSTD_getFrameContentSize(ReadOnlySpan<byte> source, nuint size);

    [LibraryImport(Library)]
    private static partial uint ZSTD_isError(nuint code);
}
