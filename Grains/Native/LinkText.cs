using System.Runtime.InteropServices;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Native;

/// <summary>Where symbolic links lead.</summary>
internal static unsafe class LinkText
{
    private const int PathMax = 4096;

    /// <summary>The raw text of the link <paramref name="path"/>, which ends in NUL, in <paramref name="folder"/>.</summary>
    /// <returns>0, or the error's number; <c>EINVAL</c> if it is no link.</returns>
    public static int TryRead(int folder, ReadOnlySpan<byte> path, out byte[] text)
    {
        text = [];
        var buffer = stackalloc byte[PathMax];
        nint length;
        fixed (byte* pointer = path)
        {
            length = LibC.readlinkat(folder, pointer, buffer, PathMax);
        }

        if (length < 0)
        {
            return Marshal.GetLastPInvokeError();
        }

        text = new ReadOnlySpan<byte>(buffer, (int)length).ToArray();
        return 0;
    }

    /// <summary>The path with all links resolved.</summary>
    /// <returns>0, or the error's number.</returns>
    public static int TryResolve(string path, out string resolved)
    {
        resolved = "";
        byte* result;
        fixed (byte* pointer = PathBytes.Encode(path))
        {
            result = LibC.realpath(pointer, null);
        }

        if (result is null)
        {
            return Marshal.GetLastPInvokeError();
        }

        resolved = PathBytes.Decode(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(result));
        LibC.free(result);
        return 0;
    }

    /// <summary>The path with all links resolved.</summary>
    /// <exception cref="PosixException">The call is <c>realpath</c>.</exception>
    public static string Resolve(string path)
    {
        var errno = TryResolve(path, out var resolved);
        return errno == 0 ? resolved : throw new PosixException(errno, "realpath", PathBytes.Show(path));
    }
}
