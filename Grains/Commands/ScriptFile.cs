using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Commands;

/// <summary>Text, a shell script for one, in a file of its own private folder (spec 09 §1.2). All methods block.</summary>
internal static class ScriptFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Writes <paramref name="text"/>; the result is the file's path.</summary>
    public static string Create(string temporaryDirectory, Utf8Text text, int? owner, string name = "a.sh")
    {
        var folder = PrivateFolder.Create(Path.Combine(temporaryDirectory, "cocalc-"));
        var path = Path.Combine(folder, name);
        try
        {
            using (var stream = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
            {
                foreach (var piece in text.Pieces)
                {
                    stream.Write(piece.Span);
                }
            }

            if (owner is { } uid)
            {
                // The command runs as somebody else, who must be able to read it.
                _ = LibC.chown(path, uid, -1);
                _ = LibC.chown(folder, uid, -1);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Delete(path);
            var errno = exception switch
            {
                UnauthorizedAccessException => PosixError.EACCES,
                { HResult: > 0 and < 4096 } => exception.HResult,
                _ => PosixError.EIO,
            };
            throw new PosixException(errno, "open", path);
        }

        return path;
    }

    /// <summary>Removes file and folder. A command may have removed them itself, or filled the folder.</summary>
    public static void Delete(string path) => PrivateFolder.Remove(Path.GetDirectoryName(path)!);
}
