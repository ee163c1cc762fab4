using System.Runtime.InteropServices;

namespace ProjectSilo.Grains.Native;

/// <summary>How much room a file system has, as <c>df</c> tells it.</summary>
/// <param name="TotalBytes">All of it.</param>
/// <param name="FreeBytes">What is free.</param>
/// <param name="AvailableBytes">What users other than root may take of that.</param>
internal readonly record struct FileSystemSpace(double TotalBytes, double FreeBytes, double AvailableBytes)
{
    private const int StructureBytes = 256;

    /// <summary>That of the file system of <paramref name="path"/>. Blocks.</summary>
    /// <returns>0, or the error's number.</returns>
    public static unsafe int TryRead(string path, out FileSystemSpace space)
    {
        // struct statvfs of 64-bit systems, 8 bytes each: bsize, frsize (the unit), blocks, bfree, bavail, ...
        var fields = stackalloc ulong[StructureBytes / sizeof(ulong)];
        fixed (byte* pointer = PathBytes.Encode(path))
        {
            if (LibC.statvfs(pointer, fields) != 0)
            {
                space = default;
                return Marshal.GetLastPInvokeError();
            }
        }

        double unit = fields[1];
        space = new FileSystemSpace(unit * fields[2], unit * fields[3], unit * fields[4]);
        return 0;
    }
}
