using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;
using ProjectSilo.Grains.Project;

namespace ProjectSilo.Grains.Native;

/// <summary>
/// What a crash in the middle of a save would leave undone, as files in <c>$DATA/unfinished-saves</c>. The next start brings old content back and
/// removes temporary files.
/// <code>
/// {run}-{n}.temporary   the path of a temporary file that may be there, NUL, and the numbers of its device: major:minor; empty: none
/// {run}-{n}.old         old content of a file that is being overwritten (see <see cref="OldContent"/>)
/// {run}-{n}.partial     the same, not complete: the file itself has not been touched yet
/// </code>
/// All methods block. They may be called from any thread.
/// </summary>
internal sealed partial class UnfinishedSaves(ProjectSettings project) : IDisposable
{
    /// <summary>How the names of temporary files begin. Nothing else is ever removed.</summary>
    public const string TemporaryPrefix = ".projectsilo-save-";

    private const int MaxSpareRecords = 4;

    private const string Temporary = ".temporary";
    private const string Old = ".old";
    private const string Partial = ".partial";

    /// <summary>Records of this run are not those of a crash.</summary>
    private readonly string _run = SecureRandom.Hex(12);

    /// <summary>Records of old content that wait, by their files: those of earlier runs, and of this one if the content could not be brought back.</summary>
    private readonly ConcurrentDictionary<(FileIdentity File, string Record), bool> _waiting = new();
    private long _count;

    /// <summary>Empty records of temporary files for the next saves: to make and remove one takes a tenth of a save. At most <see cref="MaxSpareRecords"/>.</summary>
    private readonly ConcurrentStack<TemporaryRecord> _spare = new();
    private int _spareCount;

    /// <summary>Where the records are.</summary>
    public string Folder { get; } = Path.Join(project.Data, "unfinished-saves");

    /// <summary>A name that nothing else has.</summary>
    public static string TemporaryName() => TemporaryPrefix + SecureRandom.Hex(16);

    /// <summary>
    /// Records a temporary file that is about to be made. If that can't be done (a full disk) the save goes on without: at worst a temporary file is
    /// left. Not synced: the kernel keeps it when the daemon is killed; after a power cut, a temporary file whose record is lost stays.
    /// </summary>
    /// <returns>Ends the record.</returns>
    public TemporaryRecord RecordTemporary(string path)
    {
        if (!TryTakeSpare(out var record))
        {
            var name = NextName() + Temporary;
            if (TryCreate(name, out var file) != 0)
            {
                return default;
            }

            record = new TemporaryRecord(this, name, file);
        }

        try
        {
            var device = FileStatus.Find(ProjectPath.Folder(path), follow: true)?.Identity;
            record.File.Write([.. PathBytes.Encode(path), .. Encoding.ASCII.GetBytes($"{device?.DeviceMajor}:{device?.DeviceMinor}")]);
            return record;
        }
        catch (PosixException)
        {
            End(record);
            return default;
        }
    }

    /// <summary>Removes the spare records; saves may go on.</summary>
    public void Dispose()
    {
        while (_spare.TryPop(out var record))
        {
            Interlocked.Decrement(ref _spareCount);
            End(record);
        }
    }

    /// <summary>A record has had its time: it is emptied and kept for the next save, or removed.</summary>
    internal void TakeBack(TemporaryRecord record)
    {
        try
        {
            record.File.Truncate(0);
            _ = LibC.lseek(record.File.Value, 0, 0);
        }
        catch (PosixException)
        {
            End(record);
            return;
        }

        if (Interlocked.Increment(ref _spareCount) > MaxSpareRecords)
        {
            Interlocked.Decrement(ref _spareCount);
            End(record);
            return;
        }

        _spare.Push(record);
    }

    private bool TryTakeSpare(out TemporaryRecord record)
    {
        while (_spare.TryPop(out record))
        {
            Interlocked.Decrement(ref _spareCount);
            if (FileStatus.Read(record.File).Links > 0)
            {
                return true;
            }

            // The folder was removed meanwhile, and the record with it.
            record.File.Dispose();
        }

        return false;
    }

    private static void End(TemporaryRecord record)
    {
        Remove(record.Path);
        record.File.Dispose();
    }

    /// <summary>Copies the content of a file to safety, through to the disk.</summary>
    /// <param name="path">The file's real path.</param>
    /// <param name="status">The file.</param>
    /// <param name="source">The file, open for reading.</param>
    /// <param name="content">What will be written.</param>
    /// <exception cref="PosixException">It could not be kept: the file must not be overwritten.</exception>
    public OldContent Keep(string path, FileStatus status, FileDescriptor source, NewContent content)
    {
        var name = NextName();
        var errno = TryCreate(name + Partial, out var file);
        if (errno != 0)
        {
            throw new PosixException(errno, "open", PathBytes.Show(name + Partial));
        }

        try
        {
            var start = OldContent.Write(file, path, status, source, content);
            file.Sync();
            Rename(name + Partial, name + Old);
            SyncFolder();
            return new OldContent(this, file, status.Identity, name + Old, start, status.Size);
        }
        catch
        {
            file.Dispose();
            Remove(name + Partial);
            Remove(name + Old);
            throw;
        }
    }

    /// <summary>Whether old content of a file waits to be brought back.</summary>
    public bool Waits(FileIdentity file) => !_waiting.IsEmpty && _waiting.Keys.Any(waiting => waiting.File == file);

    /// <summary>A file has been written: old content that could not be brought back, by this run or yet, is of no use any more.</summary>
    public void Settle(FileIdentity file)
    {
        if (!_waiting.IsEmpty)
        {
            foreach (var waiting in _waiting.Keys.Where(waiting => waiting.File == file))
            {
                Settle(file, waiting.Record);
            }
        }
    }

    /// <summary>Removes the record of a kept content, lastingly: it must not come back over newer content.</summary>
    internal void Forget(string record)
    {
        Remove(record);
        try
        {
            SyncFolder();
        }
        catch (PosixException)
        {
            // The record is gone unless the machine fails in the next seconds; what was written is on disk.
        }
    }

    /// <summary>A record waits for its content to be brought back, or for the file to be written anew.</summary>
    internal void Register(FileIdentity file, string record) => _waiting[(file, record)] = true;

    private bool IsRegistered(FileIdentity file, string record) => _waiting.ContainsKey((file, record));

    private void Settle(FileIdentity file, string record)
    {
        if (_waiting.TryRemove((file, record), out _))
        {
            Forget(record);
        }
    }

    private string NextName() => Path.Join(Folder, string.Create(CultureInfo.InvariantCulture, $"{_run}-{Interlocked.Increment(ref _count)}"));

    private int TryCreate(string path, out FileDescriptor file)
    {
        var encoded = PathBytes.Encode(path);
        var errno = FileDescriptor.TryOpen(LibC.AT_FDCWD, encoded, LibC.O_RDWR | LibC.O_CREAT | LibC.O_EXCL, 0x180 /* 0600 */, out file);
        if (errno == PosixError.ENOENT && Folders.TryMake(Folder, Folders.OwnerOnly) == 0)
        {
            errno = FileDescriptor.TryOpen(LibC.AT_FDCWD, encoded, LibC.O_RDWR | LibC.O_CREAT | LibC.O_EXCL, 0x180, out file);
        }

        return errno;
    }

    private void SyncFolder()
    {
        using var folder = FileDescriptor.Open(Folder, LibC.O_DIRECTORY, "open", Folder);
        folder.Sync();
    }

    private static unsafe void Rename(string from, string to)
    {
        fixed (byte* source = PathBytes.Encode(from), target = PathBytes.Encode(to))
        {
            if (LibC.renameat(LibC.AT_FDCWD, source, LibC.AT_FDCWD, target) != 0)
            {
                throw new PosixException(Marshal.GetLastPInvokeError(), "rename", PathBytes.Show(from));
            }
        }
    }

    private static unsafe void Remove(string path)
    {
        fixed (byte* pointer = PathBytes.Encode(path))
        {
            _ = LibC.unlinkat(LibC.AT_FDCWD, pointer, 0);
        }
    }
}
