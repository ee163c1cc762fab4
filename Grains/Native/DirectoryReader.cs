using System.Buffers;
using System.Runtime.InteropServices;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Native;

/// <summary>Reads the names of an open folder in the operating system's order, without <c>.</c> and <c>..</c>, as raw bytes.</summary>
internal ref struct DirectoryReader(FileDescriptor folder) : IDisposable
{
    private const int BufferBytes = 64 * 1024;

    // struct linux_dirent64: u64 inode, s64 offset, u16 length of the record, u8 type, the name and a NUL
    private const int LengthOffset = 16;
    private const int TypeOffset = 18;
    private const int NameOffset = 19;

    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
    private int _filled;
    private int _position;

    /// <summary>The name with the NUL after it; valid until the next <see cref="TryNext"/>.</summary>
    public ReadOnlySpan<byte> NameWithNul { get; private set; }

    public readonly ReadOnlySpan<byte> Name => NameWithNul[..^1];

    /// <summary>Whether the file system says that it is a folder, without looking at it. Not all file systems do.</summary>
    public bool IsKnownFolder { get; private set; }

    /// <summary>The error's number if <see cref="TryNext"/> ended early.</summary>
    public int Errno { get; private set; }

    /// <summary>Goes to the next entry.</summary>
    /// <returns>False at the end, or at an error.</returns>
    public unsafe bool TryNext()
    {
        while (true)
        {
            if (_position >= _filled)
            {
                nint count;
                fixed (byte* buffer = _buffer)
                {
                    count = LibC.getdents64(folder.Value, buffer, (nuint)_buffer.Length);
                }

                if (count <= 0)
                {
                    // A folder that was removed meanwhile has no more entries.
                    Errno = count < 0 && Marshal.GetLastPInvokeError() is not PosixError.ENOENT and var errno ? errno : 0;
                    return false;
                }

                (_filled, _position) = ((int)count, 0);
            }

            var entry = _buffer.AsSpan(_position);
            var length = MemoryMarshal.Read<ushort>(entry[LengthOffset..]);
            _position += length;
            var name = entry[NameOffset..length];
            NameWithNul = name[..(name.IndexOf((byte)0) + 1)];
            IsKnownFolder = entry[TypeOffset] == 4;
            if (NameWithNul is not ([(byte)'.', 0] or [(byte)'.', (byte)'.', 0]))
            {
                return true;
            }
        }
    }

    /// <summary>Starts again with the first entry.</summary>
    public void Rewind()
    {
        _ = LibC.lseek(folder.Value, 0, 0);
        (_filled, _position) = (0, 0);
    }

    public readonly void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);
}
