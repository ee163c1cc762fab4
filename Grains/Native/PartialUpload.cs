using System.Runtime.InteropServices;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;

namespace ProjectSilo.Grains.Native;

/// <summary>
/// The file <c>{target}.partialupload-{id}</c> into which an upload is written (spec 06 §7.2). All members block, and are called one after the other; disposing it removes
/// the file unless it has taken its target's place.
/// </summary>
internal sealed class PartialUpload : IDisposable
{
    /// <summary>What is between the target's name and the id.</summary>
    public const string Infix = ".partialupload-";

    /// <summary>Characters of an id.</summary>
    public const int IdLength = 10;

    private readonly FileDescriptor _file;
    private bool _isOpen = true;

    private PartialUpload(FileDescriptor file, string target, string shown, string path) => (_file, Target, Shown, Path) = (file, target, shown, path);

    /// <summary>The real path of what is uploaded.</summary>
    public string Target { get; }

    /// <summary>The path of it that errors show.</summary>
    public string Shown { get; }

    /// <summary>The partial file.</summary>
    public string Path { get; }

    /// <summary>Bytes written.</summary>
    public long Length { get; private set; }

    /// <summary>Whether <paramref name="id"/> can be one: 10 characters <c>[0-9a-zA-Z]</c>.</summary>
    public static bool IsId(ReadOnlySpan<char> id)
    {
        foreach (var character in id)
        {
            if (!char.IsAsciiLetterOrDigit(character))
            {
                return false;
            }
        }

        return id.Length == IdLength;
    }

    /// <summary>Whether a file of that name is a partial upload.</summary>
    public static bool IsPartial(string name) =>
        name.LastIndexOf(Infix, StringComparison.Ordinal) is > 0 and var start && IsId(name.AsSpan(start + Infix.Length));

    /// <summary>Begins an upload to the absolute <paramref name="path"/>.</summary>
    /// <exception cref="PosixException">The call is <c>mkdir</c> or <c>open</c>.</exception>
    /// <exception cref="RequestException">The target is no file.</exception>
    public static PartialUpload Create(string path, string id)
    {
        Folders.MakeContaining(ProjectPath.Normalise(path));
        var target = WholeFileWriter.Target(path, path);
        var old = FileStatus.Find(target, follow: false);
        if (old is { IsFolder: true })
        {
            throw new PosixException(PosixError.EISDIR, "open", PathBytes.Show(path));
        }

        if (old is { IsRegular: false })
        {
            throw new RequestException($"'{PathBytes.Show(path)}' is not a regular file");
        }

        // Nobody else reads what will replace a file that may be the owner's alone.
        var mode = old is null ? 0x1B6u /* 0666 */ : 0x180u /* 0600 */;
        var partial = target + Infix + id;
        var errno = FileDescriptor.TryOpen(LibC.AT_FDCWD, PathBytes.Encode(partial), LibC.O_RDWR | LibC.O_CREAT | LibC.O_EXCL | LibC.O_NOCTTY, mode, out var file);
        return errno == 0 ? new PartialUpload(file, target, path, partial) : throw new PosixException(errno, "open", PathBytes.Show(partial));
    }

    /// <summary>Writes more.</summary>
    /// <exception cref="PosixException">The call is <c>write</c>.</exception>
    public void Append(ReadOnlySpan<byte> block)
    {
        _file.Write(block);
        Length += block.Length;
    }

    /// <summary>Puts the file in its target's place.</summary>
    /// <exception cref="PosixException">The target is as it was.</exception>
    public void Commit(WholeFileWriter writer)
    {
        writer.Adopt(Target, ProjectPath.Name(Path), _file, Shown);
        _isOpen = false;
        _file.Dispose();
    }

    public unsafe void Dispose()
    {
        if (!_isOpen)
        {
            return;
        }

        _isOpen = false;
        _file.Dispose();
        fixed (byte* path = PathBytes.Encode(Path))
        {
            if (LibC.unlinkat(LibC.AT_FDCWD, path, 0) != 0 && Marshal.GetLastPInvokeError() is not PosixError.ENOENT and var errno)
            {
                throw new PosixException(errno, "unlink", PathBytes.Show(Path));
            }
        }
    }
}
