using System.Runtime.InteropServices;
using System.Text;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Native;

/// <summary>Carries owner, mode and extended attributes (access lists among them) from a file to the one that takes its place.</summary>
internal static unsafe class FileAttributes
{
    private const int ENODATA = 61;

    private static readonly byte[] AccessList = "system.posix_acl_access\0"u8.ToArray();

    /// <summary>Gives <paramref name="file"/> the owner and group of <paramref name="old"/>.</summary>
    /// <returns>False if that isn't allowed.</returns>
    public static bool TryKeepOwner(FileDescriptor file, FileStatus old)
    {
        var status = FileStatus.Read(file);
        return (status.Owner, status.Group) == (old.Owner, old.Group) || LibC.fchown(file.Value, old.Owner, old.Group) == 0;
    }

    /// <summary>Gives <paramref name="file"/> the extended attributes and the mode of <paramref name="old"/> at <paramref name="path"/>.</summary>
    /// <returns>False if that isn't allowed.</returns>
    public static bool TryKeep(string path, FileDescriptor file, FileStatus old)
    {
        var encoded = PathBytes.Encode(path);
        var hasAccessList = false;
        foreach (var name in Names(encoded))
        {
            hasAccessList |= name.AsSpan().SequenceEqual(AccessList);
            if (!IsLostByWriting(name) && !TryCopy(encoded, file, name))
            {
                return false;
            }
        }

        if (!hasAccessList)
        {
            // The folder's default access list may have given one.
            fixed (byte* name = AccessList)
            {
                _ = LibC.fremovexattr(file.Value, name);
            }
        }

        return LibC.fchmod(file.Value, (uint)old.Permissions) == 0;
    }

    /// <summary>The names, each with its NUL; none where there are no extended attributes.</summary>
    private static List<byte[]> Names(byte[] path)
    {
        var names = new List<byte[]>();
        fixed (byte* pointer = path)
        {
            var size = LibC.listxattr(pointer, null, 0);
            if (size <= 0)
            {
                return names;
            }

            var buffer = new byte[size];
            fixed (byte* target = buffer)
            {
                size = LibC.listxattr(pointer, target, (nuint)buffer.Length);
            }

            for (var rest = buffer.AsSpan(0, (int)Math.Max(size, 0)); rest.IndexOf((byte)0) is >= 0 and var end; rest = rest[(end + 1)..])
            {
                names.Add(rest[..(end + 1)].ToArray());
            }
        }

        return names;
    }

    /// <summary>The kernel takes these away from a file that is written to, or keeps them itself.</summary>
    private static bool IsLostByWriting(byte[] name) =>
        Encoding.UTF8.GetString(name.AsSpan()[..^1]) is "security.capability" or "security.ima" or "security.evm";

    private static bool TryCopy(byte[] path, FileDescriptor file, byte[] name)
    {
        fixed (byte* pathPointer = path, namePointer = name)
        {
            var size = LibC.getxattr(pathPointer, namePointer, null, 0);
            if (size < 0)
            {
                // Gone meanwhile, or not ours to read and so not ours to keep.
                return Marshal.GetLastPInvokeError() is ENODATA or PosixError.ENOTSUP;
            }

            // At least one byte: fixed gives null for none.
            var value = new byte[size + 1];
            fixed (byte* valuePointer = value)
            {
                size = LibC.getxattr(pathPointer, namePointer, valuePointer, (nuint)size);
                return size >= 0
                    && (HasSame(file, namePointer, value.AsSpan(0, (int)size))
                        || LibC.fsetxattr(file.Value, namePointer, valuePointer, (nuint)size, 0) == 0);
            }
        }
    }

    /// <summary>Security labels mostly are right already, and may not be set.</summary>
    private static bool HasSame(FileDescriptor file, byte* name, ReadOnlySpan<byte> value)
    {
        var present = new byte[value.Length + 1];
        fixed (byte* pointer = present)
        {
            return LibC.fgetxattr(file.Value, name, pointer, (nuint)present.Length) == value.Length && value.SequenceEqual(present.AsSpan()[..^1]);
        }
    }
}
