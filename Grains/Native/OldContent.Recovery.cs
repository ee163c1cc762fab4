using System.Buffers.Binary;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;

namespace ProjectSilo.Grains.Native;

internal sealed partial class OldContent
{
    /// <summary>What a write changes before it may be interrupted. Within one, new bytes stand before old ones.</summary>
    private const int PageBytes = 4096;

    /// <summary>Reads the head of a record.</summary>
    /// <returns>Null if it is void: its save has ended.</returns>
    /// <exception cref="PosixException">It can't be read, or it is none (<c>EINVAL</c>).</exception>
    public static Head? ReadHead(string record)
    {
        using var file = FileDescriptor.Open(record, LibC.O_RDONLY | LibC.O_NONBLOCK | LibC.O_NOFOLLOW, "open", record);
        return ReadHead(file, record);
    }

    /// <summary>Deals with the record of a save that a crash interrupted. The caller holds the lock of the file.</summary>
    /// <exception cref="PosixException">It failed, or the file can't be reached: the record must stay.</exception>
    public static RecoveredSave Recover(string record)
    {
        using var file = FileDescriptor.Open(record, LibC.O_RDONLY | LibC.O_NONBLOCK | LibC.O_NOFOLLOW, "open", record);
        if (ReadHead(file, record) is not { } head || !UnfinishedSaves.IsThere(head.Path, head.Identity.DeviceMajor, head.Identity.DeviceMinor, out var found))
        {
            return new RecoveredSave(null, Beside: false);
        }

        if (found.Identity.Inode != head.Identity.Inode || !found.IsRegular)
        {
            return IsSameDevice(found.Identity, head.Identity)
                ? new RecoveredSave(null, Beside: false)
                : throw new PosixException(PosixError.EXDEV, "open", PathBytes.Show(head.Path));
        }

        using var target = FileDescriptor.Open(head.Path, LibC.O_RDWR | LibC.O_NOFOLLOW | LibC.O_NONBLOCK, "open", head.Path);
        var status = FileStatus.Read(target);
        if (status.Identity != found.Identity)
        {
            // Replaced this moment: the next start sees what by.
            throw new PosixException(PosixError.EBUSY, "open", PathBytes.Show(head.Path));
        }

        switch (Compare(file, head, target, status.Size))
        {
            case State.Whole:
                return new RecoveredSave(null, Beside: false);
            case State.HalfWritten:
                // The content tells that it is the file, even if its device has another number since the machine started anew.
                Replay(file, head.Start, head.OldSize, target);
                return new RecoveredSave(head.Path, Beside: false);
            default:
                return IsSameDevice(found.Identity, head.Identity)
                    ? new RecoveredSave(PutBeside(file, head, status), Beside: true)
                    : throw new PosixException(PosixError.EXDEV, "open", PathBytes.Show(head.Path));
        }
    }

    private static bool IsSameDevice(FileIdentity one, FileIdentity other) => one.DeviceMajor == other.DeviceMajor && one.DeviceMinor == other.DeviceMinor;

    private static Head? ReadHead(FileDescriptor file, string record)
    {
        var size = FileStatus.Read(file).Size;
        if (size == 0)
        {
            return null;
        }

        Span<byte> head = stackalloc byte[FixedBytes];
        if (ReadFull(file, head) == FixedBytes && head.StartsWith(Magic))
        {
            var oldSize = BinaryPrimitives.ReadInt64LittleEndian(head[24..]);
            var newSize = BinaryPrimitives.ReadInt64LittleEndian(head[32..]);
            var pathLength = BinaryPrimitives.ReadInt32LittleEndian(head[40..]);
            if (pathLength is > 0 and <= MaxPathBytes && oldSize >= 0 && newSize >= 0 && size == FixedBytes + pathLength + oldSize + newSize)
            {
                var path = new byte[pathLength];
                _ = ReadFull(file, path);
                var identity = new FileIdentity(
                    BinaryPrimitives.ReadUInt32LittleEndian(head[8..]),
                    BinaryPrimitives.ReadUInt32LittleEndian(head[12..]),
                    BinaryPrimitives.ReadUInt64LittleEndian(head[16..]));
                return new Head(PathBytes.Decode(path), identity, FixedBytes + pathLength, oldSize, newSize);
            }
        }

        throw new PosixException(PosixError.EINVAL, "read", PathBytes.Show(record));
    }

    /// <summary>
    /// A half-written file is as long as the old content, the new, or between them; each of its pages begins as the new content and goes on as the old, or as the
    /// zeros of reserved room.
    /// </summary>
    private static State Compare(FileDescriptor record, Head head, FileDescriptor file, long size)
    {
        var isOld = size == head.OldSize;
        var isNew = size == head.NewSize;
        var isHalf = size >= Math.Min(head.OldSize, head.NewSize) && size <= Math.Max(head.OldSize, head.NewSize);
        var buffer = new byte[3 * BufferBytes];
        for (long offset = 0; offset < size && isHalf; offset += BufferBytes)
        {
            var length = (int)Math.Min(BufferBytes, size - offset);
            var current = buffer.AsSpan(0, length);
            var old = buffer.AsSpan(BufferBytes, length);
            var renewed = buffer.AsSpan(2 * BufferBytes, length);
            if (ReadAt(file, current, offset) != length)
            {
                // Somebody cuts it this moment.
                return State.Other;
            }

            old[ReadAt(record, Part(old, head.OldSize - offset), head.Start + offset)..].Clear();
            var ofNew = ReadAt(record, Part(renewed, head.NewSize - offset), head.Start + head.OldSize + offset);
            isOld &= current.SequenceEqual(old);
            isNew &= current.SequenceEqual(renewed[..ofNew]);
            for (var page = 0; page < length && isHalf; page += PageBytes)
            {
                var end = Math.Min(page + PageBytes, length);
                var begun = current[page..end].CommonPrefixLength(renewed[Math.Min(page, ofNew)..Math.Min(end, ofNew)]);
                // What is the same in both may be counted to either.
                isHalf = current[(page + begun)..end].SequenceEqual(old[(page + begun)..end]);
            }
        }

        return isOld || isNew ? State.Whole : isHalf ? State.HalfWritten : State.Other;
    }

    private static Span<byte> Part(Span<byte> buffer, long left) => buffer[..(int)Math.Clamp(left, 0, buffer.Length)];

    private static int ReadAt(FileDescriptor file, Span<byte> buffer, long offset)
    {
        _ = LibC.lseek(file.Value, offset, 0);
        return ReadFull(file, buffer);
    }

    private static int ReadFull(FileDescriptor file, Span<byte> buffer)
    {
        var filled = 0;
        while (filled < buffer.Length && file.Read(buffer[filled..]) is > 0 and var count)
        {
            filled += count;
        }

        return filled;
    }

    /// <summary>The file has content that nobody of us wrote: it stays, and the old content comes as a file beside it.</summary>
    private static string PutBeside(FileDescriptor record, Head head, FileStatus status)
    {
        var path = $"{head.Path}.recovered-{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}";
        var errno = FileDescriptor.TryOpen(
            LibC.AT_FDCWD, PathBytes.Encode(path), LibC.O_WRONLY | LibC.O_CREAT | LibC.O_EXCL, 0x180 /* 0600 */, out var file);
        if (errno != 0)
        {
            throw new PosixException(errno, "open", PathBytes.Show(path));
        }

        using (file)
        {
            try
            {
                _ = FileAttributes.TryKeepOwner(file, status);
                _ = LibC.lseek(record.Value, head.Start, 0);
                Copy(record, file, head.OldSize);
                file.Sync();
                using var folder = FileDescriptor.Open(ProjectPath.Folder(path), LibC.O_DIRECTORY, "open", path);
                folder.Sync();
                return path;
            }
            catch
            {
                TreeRemoval.Remove(path);
                throw;
            }
        }
    }

    private enum State
    {
        /// <summary>The old content or the new: nothing was interrupted in the middle.</summary>
        Whole,

        /// <summary>What an interrupted write leaves.</summary>
        HalfWritten,

        /// <summary>Somebody has written to it since.</summary>
        Other,
    }

    /// <summary>What a record is about.</summary>
    /// <param name="Path">The file's real path.</param>
    /// <param name="Identity">The file.</param>
    /// <param name="Start">Where the old content starts in the record; the new follows it.</param>
    internal sealed record Head(string Path, FileIdentity Identity, long Start, long OldSize, long NewSize);
}

/// <summary>What became of an interrupted save.</summary>
/// <param name="Path">The file that was written or removed; null: there was nothing to do.</param>
/// <param name="Beside">Whether it is a new file beside one that others have written to since.</param>
internal readonly record struct RecoveredSave(string? Path, bool Beside);
