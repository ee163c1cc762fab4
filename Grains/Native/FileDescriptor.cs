using System.Buffers;
using System.Runtime.InteropServices;
using ProjectSilo.Grains.Files;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Native;

/// <summary>An open file of ours, close-on-exec, closed by <see cref="Dispose"/>.</summary>
internal readonly struct FileDescriptor(int fd) : IDisposable
{
    /// <summary>The kernel takes 1,024; they are on a stack of 256 kB.</summary>
    private const int MaxPiecesAtOnce = 256;

    public int Value { get; } = fd;

    /// <summary>Opens <paramref name="path"/> relative to the folder <paramref name="folder"/>.</summary>
    /// <returns>0, or the error's number.</returns>
    public static unsafe int TryOpen(int folder, ReadOnlySpan<byte> path, int flags, uint mode, out FileDescriptor file)
    {
        int fd;
        fixed (byte* pointer = path)
        {
            do
            {
                fd = LibC.openat(folder, pointer, flags | LibC.O_CLOEXEC, mode);
            }
            while (fd < 0 && Marshal.GetLastPInvokeError() == PosixError.EINTR);
        }

        file = new FileDescriptor(fd);
        return fd < 0 ? Marshal.GetLastPInvokeError() : 0;
    }

    /// <summary>Opens <paramref name="path"/>.</summary>
    /// <param name="call">The call that clients are told of, if it fails.</param>
    /// <param name="shown">The path that they are told.</param>
    public static FileDescriptor Open(string path, int flags, string call, string shown)
    {
        var errno = TryOpen(LibC.AT_FDCWD, PathBytes.Encode(path), flags, 0x1B6 /* 0666 */, out var file);
        return errno == 0 ? file : throw new PosixException(errno, call, PathBytes.Show(shown));
    }

    /// <summary>Reads up to the length of <paramref name="buffer"/>; 0 at the end of the file.</summary>
    public int Read(Span<byte> buffer)
    {
        // Clients know it without a path (spec 02 §12).
        return TryRead(buffer, out var count) is not 0 and var errno ? throw new PosixException(errno, "read") : count;
    }

    /// <inheritdoc cref="Read"/>
    /// <returns>0, or the error's number.</returns>
    public unsafe int TryRead(Span<byte> buffer, out int count)
    {
        fixed (byte* pointer = buffer)
        {
            do
            {
                count = (int)LibC.read(Value, pointer, (nuint)buffer.Length);
            }
            while (count < 0 && Marshal.GetLastPInvokeError() == PosixError.EINTR);

            return count < 0 ? Marshal.GetLastPInvokeError() : 0;
        }
    }

    /// <summary>Writes all of <paramref name="content"/> where the file stands.</summary>
    public unsafe void Write(ReadOnlySpan<byte> content)
    {
        fixed (byte* pointer = content)
        {
            for (nint done = 0; done < content.Length;)
            {
                var count = LibC.write(Value, pointer + done, (nuint)(content.Length - done));
                done += Written(count);
            }
        }
    }

    /// <summary>Writes all of <paramref name="content"/> where the file stands, many pieces by one call.</summary>
    public void Write(FileContent content)
    {
        for (var rest = content.Pieces.AsSpan(); !rest.IsEmpty;)
        {
            var written = WriteTogether(rest[..Math.Min(rest.Length, MaxPiecesAtOnce)]);
            while (!rest.IsEmpty && written >= rest[0].Length)
            {
                written -= rest[0].Length;
                rest = rest[1..];
            }

            if (written > 0)
            {
                // It ended within a piece, e.g. at a limit of the file's size: the rest of that one says why.
                Write(rest[0].Span[(int)written..]);
                rest = rest[1..];
            }
        }
    }

    /// <returns>How many bytes were written.</returns>
    private unsafe long WriteTogether(ReadOnlySpan<ReadOnlyMemory<byte>> pieces)
    {
        var pins = new MemoryHandle[pieces.Length];
        var parts = stackalloc LibC.IoVector[pieces.Length];
        try
        {
            for (var index = 0; index < pieces.Length; index++)
            {
                pins[index] = pieces[index].Pin();
                parts[index] = new LibC.IoVector { Base = (nint)pins[index].Pointer, Length = (nuint)pieces[index].Length };
            }

            return Written(LibC.writev(Value, parts, pieces.Length));
        }
        finally
        {
            foreach (var pin in pins)
            {
                pin.Dispose();
            }
        }
    }

    /// <summary>Waits until the content is on the disk, where there is one.</summary>
    public void Sync()
    {
        if (LibC.fsync(Value) != 0
            && Marshal.GetLastPInvokeError() is not (PosixError.EINVAL or PosixError.ENOTSUP or PosixError.EROFS) and var errno)
        {
            throw new PosixException(errno, "fsync");
        }
    }

    public void Truncate(long size)
    {
        if (LibC.ftruncate(Value, size) != 0)
        {
            throw new PosixException(Marshal.GetLastPInvokeError(), "ftruncate");
        }
    }

    public void Dispose()
    {
        if (Value >= 0)
        {
            _ = LibC.close(Value);
        }
    }

    private static nint Written(nint count) =>
        count >= 0 ? count
        : Marshal.GetLastPInvokeError() is not PosixError.EINTR and var errno ? throw new PosixException(errno, "write")
        : 0;
}
