using System.Runtime.InteropServices;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Native;

/// <summary>Files and folders as they were when they were copied. Only those are removed afterwards, and only as they were. Blocks.</summary>
internal sealed unsafe class CopiedSources
{
    /// <summary>Folders before what is in them.</summary>
    private readonly List<(string Path, FileStatus Status)> _all = [];

    /// <summary>Adds one.</summary>
    /// <param name="status">From before its content was read.</param>
    public void Add(string path, FileStatus status) => _all.Add((path, status));

    /// <summary>Removes all that are unchanged.</summary>
    /// <exception cref="RequestException">Some are left, since somebody changed them or made new ones.</exception>
    /// <exception cref="PosixException">One can't be removed: <c>unlink</c> or <c>rmdir</c>.</exception>
    public void RemoveSources()
    {
        string? left = null;
        foreach (var (path, status) in Enumerable.Reverse(_all))
        {
            if (FileStatus.Find(path, follow: false) is not { } now)
            {
                continue;
            }

            // Removing what is in a folder changes the folder.
            var isSame = now.Identity == status.Identity && (status.IsFolder || (now.Size == status.Size && now.Modified == status.Modified));
            switch (isSame ? Unlink(path, status.IsFolder ? LibC.AT_REMOVEDIR : 0) : PosixError.ENOTEMPTY)
            {
                case 0 or PosixError.ENOENT:
                    break;
                case PosixError.ENOTEMPTY or PosixError.EEXIST:
                    left ??= path;
                    break;
                case var errno:
                    throw new PosixException(errno, status.IsFolder ? "rmdir" : "unlink", PathBytes.Show(path));
            }
        }

        if (left is not null)
        {
            throw new RequestException($"'{PathBytes.Show(left)}' changed while it was moved to another file system; it is still there, as well as the copy.");
        }
    }

    private static int Unlink(string path, int flags)
    {
        fixed (byte* pointer = PathBytes.Encode(path))
        {
            return LibC.unlinkat(LibC.AT_FDCWD, pointer, flags) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
    }
}
