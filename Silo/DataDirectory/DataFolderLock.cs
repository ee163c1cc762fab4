namespace ProjectSilo.Silo.DataDirectory;

/// <summary>
/// Makes sure that one daemon serves a data folder (spec 01 §3): an advisory lock on <c>$DATA/daemon.lock</c>, which the kernel drops when the
/// process ends, however it ends. A hub that deletes and recreates <c>~/.smc</c> starts with a new lock; the daemon of the old folder then owns
/// nothing in it any more (<see cref="IsCurrent"/>).
/// </summary>
internal sealed class DataFolderLock : IDisposable
{
    private const string FileName = "daemon.lock";
    private const int EWOULDBLOCK = 11;

    private readonly FileStream _file;
    private readonly string? _path;

    private DataFolderLock(FileStream file)
    {
        _file = file;
        _path = CurrentPath;
    }

    /// <summary>Whether the locked file is still the one in the folder; else another daemon may own the folder by now.</summary>
    public bool IsCurrent => CurrentPath == _path;

    /// <summary>Where the kernel says the file is now: elsewhere if the folder was moved, with a mark if it was deleted.</summary>
    private string? CurrentPath =>
        File.ResolveLinkTarget($"/proc/self/fd/{_file.SafeFileHandle.DangerousGetHandle()}", returnFinalTarget: false)?.FullName;

    /// <exception cref="StartFailedException">A daemon holds it already, or the folder can't be written.</exception>
    public static DataFolderLock Acquire(string dataFolder)
    {
        var path = Path.Join(dataFolder, FileName);
        try
        {
            // On Linux FileShare.None is flock(LOCK_EX | LOCK_NB); the descriptor is close-on-exec, so no child inherits the lock.
            var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            return new DataFolderLock(file);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new StartFailedException($"the data folder {dataFolder} can't be written: {exception.Message}", exception);
        }
        catch (IOException exception) when (exception.HResult == EWOULDBLOCK)
        {
            throw new StartFailedException($"another daemon already serves the data folder {dataFolder}", exception);
        }
        catch (IOException exception)
        {
            throw new StartFailedException($"the data folder {dataFolder} can't be used: {exception.Message}", exception);
        }
    }

    public void Dispose() => _file.Dispose();
}
