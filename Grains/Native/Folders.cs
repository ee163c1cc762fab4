using System.Runtime.InteropServices;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;

namespace ProjectSilo.Grains.Native;

/// <summary>Makes folders.</summary>
internal static class Folders
{
    /// <summary>0700.</summary>
    public const uint OwnerOnly = 0x1C0;

    /// <summary>0777, less umask.</summary>
    public const uint Usual = 0x1FF;

    /// <summary>Makes a folder and its missing parents with <paramref name="mode"/> less umask. One that exists is left as it is.</summary>
    /// <returns>0, or the error's number; <c>EEXIST</c> or <c>ENOTDIR</c> if a file is in the way.</returns>
    public static int TryMake(string path, uint mode)
    {
        // Not recursive: a path may have two thousand components, and stacks are small.
        var missing = new Stack<string>();
        for (var current = path; ; current = ProjectPath.Folder(current))
        {
            var errno = TryMakeOne(current, mode);
            if (errno == PosixError.ENOENT && ProjectPath.Folder(current) is not ("" or "/"))
            {
                missing.Push(current);
                continue;
            }

            if (errno != 0)
            {
                return errno;
            }

            break;
        }

        while (missing.TryPop(out var folder))
        {
            if (TryMakeOne(folder, mode) is not 0 and var errno)
            {
                return errno;
            }
        }

        return 0;
    }

    /// <summary>Makes a folder and its missing parents.</summary>
    /// <exception cref="PosixException">The call is <c>mkdir</c>.</exception>
    public static void Make(string path, uint mode)
    {
        var errno = TryMake(path, mode);
        if (errno != 0)
        {
            throw new PosixException(errno, "mkdir", PathBytes.Show(path));
        }
    }

    /// <summary>
    /// Makes the folder of the absolute <paramref name="path"/> (0700) unless it is there, readable and writable (spec 09 §7, "containing folder").
    /// </summary>
    /// <exception cref="PosixException">The call is <c>mkdir</c>.</exception>
    public static unsafe void MakeContaining(string path)
    {
        var folder = ProjectPath.Folder(path);
        fixed (byte* pointer = PathBytes.Encode(folder))
        {
            if (LibC.faccessat(LibC.AT_FDCWD, pointer, LibC.R_OK | LibC.W_OK, LibC.AT_EACCESS) == 0)
            {
                return;
            }
        }

        Make(folder, OwnerOnly);
    }

    private static unsafe int TryMakeOne(string path, uint mode)
    {
        fixed (byte* pointer = PathBytes.Encode(path))
        {
            if (LibC.mkdirat(LibC.AT_FDCWD, pointer, mode) == 0)
            {
                return 0;
            }
        }

        var errno = Marshal.GetLastPInvokeError();
        // Some file systems say EROFS or EACCES before EEXIST.
        return FileStatus.Find(path, follow: true) is { IsFolder: true } ? 0 : errno;
    }
}
