using System.Buffers;
using System.Buffers.Binary;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Native;

/// <summary>
/// The old content of a file that is being overwritten, kept until that is done:
/// <code>
/// u64 inode | u64 size of the content | u32 length of the path | path | content       (little endian)
/// </code>
/// </summary>
internal sealed class OldContent(UnfinishedSaves saves, FileDescriptor file, string path, string record, long start, long size) : IDisposable
{
    private const int FixedBytes = 20;
    private const int BufferBytes = 128 * 1024;

    /// <summary>Whether the content must be there for the next start, since it could not be brought back.</summary>
    private bool _isNeeded;

    /// <summary>Writes all of it to <paramref name="file"/>.</summary>
    /// <returns>Where the content starts.</returns>
    public static long Write(FileDescriptor file, string path, FileStatus status, FileDescriptor source)
    {
        var encoded = PathBytes.Encode(path).AsSpan()[..^1];
        var head = new byte[FixedBytes + encoded.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(head, status.Identity.Inode);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(8), status.Size);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(16), encoded.Length);
        encoded.CopyTo(head.AsSpan(FixedBytes));
        file.Write(head);
        Copy(source, file, status.Size);
        return head.Length;
    }

    /// <summary>Brings the content of a record back, if the file is still the same one.</summary>
    /// <returns>The file's path; null if there was nothing to do.</returns>
    /// <exception cref="PosixException">It failed; the record must stay.</exception>
    public static string? RestoreFrom(string record)
    {
        using var file = FileDescriptor.Open(record, LibC.O_RDONLY, "open", record);
        Span<byte> head = stackalloc byte[FixedBytes];
        if (file.Read(head) < FixedBytes)
        {
            return null;
        }

        var inode = BinaryPrimitives.ReadUInt64LittleEndian(head);
        var size = BinaryPrimitives.ReadInt64LittleEndian(head[8..]);
        var pathLength = BinaryPrimitives.ReadInt32LittleEndian(head[16..]);
        if (pathLength is <= 0 or > 1024 * 1024 || FileStatus.Read(file).Size != FixedBytes + pathLength + size)
        {
            return null;
        }

        var encoded = new byte[pathLength];
        _ = file.Read(encoded);
        var path = PathBytes.Decode(encoded);
        if (FileStatus.Find(path, follow: false) is not { IsRegular: true } status || status.Identity.Inode != inode)
        {
            return null;
        }

        using var target = FileDescriptor.Open(path, LibC.O_WRONLY | LibC.O_NOFOLLOW | LibC.O_NONBLOCK, "open", path);
        Replay(file, FixedBytes + pathLength, size, target);
        return path;
    }

    /// <summary>Brings the content back into the file, which is open for writing. If that fails the record stays for the next start.</summary>
    public void Restore(FileDescriptor target)
    {
        try
        {
            Replay(file, start, size, target);
        }
        catch (PosixException)
        {
            _isNeeded = true;
            saves.Lose(path, record);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (!_isNeeded)
        {
            // Void even if it can't be removed.
            _ = LibC.ftruncate(file.Value, 0);
            saves.Forget(record);
        }

        file.Dispose();
    }

    private static void Replay(FileDescriptor file, long start, long size, FileDescriptor target)
    {
        _ = LibC.lseek(file.Value, start, 0);
        _ = LibC.lseek(target.Value, 0, 0);
        Copy(file, target, size);
        target.Truncate(size);
        target.Sync();
    }

    private static void Copy(FileDescriptor from, FileDescriptor to, long size)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            while (size > 0)
            {
                var count = from.Read(buffer.AsSpan(0, (int)Math.Min(size, buffer.Length)));
                if (count == 0)
                {
                    // It became shorter while it was read: somebody else writes to it.
                    throw new PosixException(PosixError.EIO, "read");
                }

                to.Write(buffer.AsSpan(0, count));
                size -= count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
