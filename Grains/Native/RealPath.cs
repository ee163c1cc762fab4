using System.Runtime.InteropServices;

namespace ProjectSilo.Grains.Native;

/// <summary>Paths resolved through links.</summary>
internal static unsafe class RealPath
{
    /// <summary>The absolute path without links; null if it can't be resolved. Blocks.</summary>
    public static string? TryResolve(string path)
    {
        var resolved = LibC.realpath(path, null);
        if (resolved is null)
        {
            return null;
        }

        try
        {
            return Marshal.PtrToStringUTF8((nint)resolved);
        }
        finally
        {
            NativeMemory.Free(resolved);
        }
    }
}
