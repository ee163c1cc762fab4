using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Native;

/// <summary>Reads regular files whole. Pipes, devices and sockets are refused: reading them may never end, and opening them may do things.</summary>
internal static class RegularFile
{
    private const int MegaByte = 1_000_000;
    private const int FirstBufferBytes = 4_096;

    /// <summary>The file's bytes. Blocks.</summary>
    /// <param name="path">The absolute path.</param>
    /// <param name="shown">The path that errors show.</param>
    /// <param name="statusCall">The call that clients are told of when there is no such file: <c>open</c> or <c>stat</c>.</param>
    /// <param name="maxBytes">A larger file is an error.</param>
    /// <exception cref="PosixException">A call failed; a folder is <c>EISDIR</c> of <c>read</c>.</exception>
    /// <exception cref="RequestException">It is too large, or neither file nor folder.</exception>
    public static ReadOnlyMemory<byte> Read(string path, string shown, string statusCall, long maxBytes)
    {
        using var file = Open(path, shown, statusCall, maxBytes, out var status);
        return ReadToEnd(file, status.Size, maxBytes);
    }

    /// <summary>Opens a file for reading. Blocks.</summary>
    /// <inheritdoc cref="Read"/>
    public static FileDescriptor Open(string path, string shown, string statusCall, long maxBytes, out FileStatus status)
    {
        var errno = FileStatus.TryRead(LibC.AT_FDCWD, PathBytes.Encode(path), follow: true, out status);
        Require(errno == 0 ? status : throw new PosixException(errno, statusCall, PathBytes.Show(shown)), shown, maxBytes);

        // Not to wait should it have become a pipe since.
        var file = FileDescriptor.Open(path, LibC.O_RDONLY | LibC.O_NONBLOCK | LibC.O_NOCTTY, "open", shown);
        try
        {
            status = FileStatus.Read(file);
            Require(status, shown, maxBytes);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <exception cref="RequestException">It is larger than <paramref name="maxBytes"/>, in the words of spec 02 §12.</exception>
    public static void RequireSize(long bytes, long maxBytes)
    {
        if (bytes > maxBytes)
        {
            throw new RequestException(
                $"Attempt to open large file of size {InMegaBytes(bytes)}MB; the maximum allowed size is {InMegaBytes(maxBytes)}MB. "
                + "Use vim, emacs, or pico from a terminal instead.");
        }
    }

    private static void Require(FileStatus status, string shown, long maxBytes)
    {
        if (status.IsFolder)
        {
            throw new PosixException(PosixError.EISDIR, "read");
        }

        if (!status.IsRegular)
        {
            throw new RequestException($"'{PathBytes.Show(shown)}' is not a regular file");
        }

        RequireSize(status.Size, maxBytes);
    }

    /// <summary>The size is only what was: the file may grow or shrink, and those of <c>/proc</c> say 0.</summary>
    internal static ReadOnlyMemory<byte> ReadToEnd(FileDescriptor file, long size, long maxBytes)
    {
        var buffer = GC.AllocateUninitializedArray<byte>((int)Math.Max(size + 1, size == 0 ? FirstBufferBytes : 0));
        var filled = 0;
        while (file.Read(buffer.AsSpan(filled)) is > 0 and var count)
        {
            filled += count;
            RequireSize(filled, maxBytes);
            if (filled == buffer.Length)
            {
                Array.Resize(ref buffer, (int)Math.Min(Math.Max((long)filled * 2, FirstBufferBytes), Math.Min(maxBytes, Array.MaxLength - 1) + 1));
            }
        }

        return buffer.AsMemory(0, filled);
    }

    private static long InMegaBytes(long bytes) => (bytes + (MegaByte / 2)) / MegaByte;
}
