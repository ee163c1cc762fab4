using System.Buffers;
using System.Buffers.Binary;
using ProjectSilo.Grains.Files;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Native;

/// <summary>
/// The old content of a file that is being overwritten, kept until that is done. With the new content beside it, since only so can a start tell a half-written
/// file from one that somebody has edited since the crash:
/// <code>
/// "unsaved2" | u32 device, major and minor | u64 inode | u64 size of the old content | u64 size of the new | u32 length of the path
/// | path | old content | new content       (little endian)
/// </code>
/// </summary>
internal sealed partial class OldContent(UnfinishedSaves saves, FileDescriptor file, FileIdentity identity, string record, long start, long size)
    : IDisposable
{
    private const int FixedBytes = 44;
    private const int BufferBytes = 128 * 1024;
    private const int MaxPathBytes = 1024 * 1024;

    /// <summary>Whether the content must be there for the next start, since it could not be brought back.</summary>
    private bool _isNeeded;

    private static ReadOnlySpan<byte> Magic => "unsaved2"u8;

    /// <summary>Writes all of it to <paramref name="file"/>.</summary>
    /// <returns>Where the old content starts.</returns>
    public static long Write(FileDescriptor file, string path, FileStatus status, FileDescriptor source, FileContent content)
    {
        var encoded = PathBytes.Encode(path).AsSpan()[..^1];
        var head = new byte[FixedBytes + encoded.Length];
        Magic.CopyTo(head);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(8), status.Identity.DeviceMajor);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(12), status.Identity.DeviceMinor);
        BinaryPrimitives.WriteUInt64LittleEndian(head.AsSpan(16), status.Identity.Inode);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(24), status.Size);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(32), content.Length);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(40), encoded.Length);
        encoded.CopyTo(head.AsSpan(FixedBytes));
        file.Write(head);
        Copy(source, file, status.Size);
        file.Write(content);
        return head.Length;
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
            saves.Register(identity, record);
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
