using System.Runtime.InteropServices;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Native;

/// <summary>Renames that never overwrite. Blocks.</summary>
internal static unsafe class FileMove
{
    /// <summary>Gives the file or folder <paramref name="source"/> the name <paramref name="target"/>.</summary>
    /// <returns>0, or the error's number: <c>EEXIST</c> if there is something, <c>EXDEV</c> if that is another file system.</returns>
    public static int Try(string source, string target)
    {
        fixed (byte* from = PathBytes.Encode(source), to = PathBytes.Encode(target))
        {
            if (LibC.renameat2(LibC.AT_FDCWD, from, LibC.AT_FDCWD, to, LibC.RENAME_NOREPLACE) == 0)
            {
                return 0;
            }

            var errno = Marshal.GetLastPInvokeError();
            return errno is PosixError.EINVAL or PosixError.ENOSYS or PosixError.ENOTSUP ? TryWithout(from, to, target) : errno;
        }
    }

    /// <summary>For file systems that can't promise it: files by a link, which never overwrites; folders after a look.</summary>
    private static int TryWithout(byte* from, byte* to, string target)
    {
        if (LibC.linkat(LibC.AT_FDCWD, from, LibC.AT_FDCWD, to, 0) == 0)
        {
            return LibC.unlinkat(LibC.AT_FDCWD, from, 0) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }

        if (Marshal.GetLastPInvokeError() is (PosixError.EEXIST or PosixError.EXDEV or PosixError.ENOENT) and var errno)
        {
            return errno;
        }

        return FileStatus.Find(target, follow: false) is not null ? PosixError.EEXIST
            : LibC.renameat(LibC.AT_FDCWD, from, LibC.AT_FDCWD, to) == 0 ? 0
            : Marshal.GetLastPInvokeError();
    }
}
