using System.Runtime.InteropServices;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Files;

namespace ProjectSilo.Grains.Native;

/// <summary>
/// Tells of changes in folders, by one inotify(7) for all. It is made when the first is watched, and read by the thread that polls for all children.
/// <code>
/// struct inotify_event: int watch, u32 events, u32 cookie, u32 length of the name, name with NULs
/// </code>
/// </summary>
internal sealed class FolderWatches(IOptions<DirectoryWatchOptions> options) : IDescriptorWaiter
{
    private const uint Events = LibC.IN_MODIFY | LibC.IN_ATTRIB | LibC.IN_CLOSE_WRITE | LibC.IN_MOVED_FROM | LibC.IN_MOVED_TO | LibC.IN_CREATE | LibC.IN_DELETE
        | LibC.IN_DELETE_SELF | LibC.IN_MOVE_SELF | LibC.IN_ONLYDIR | LibC.IN_EXCL_UNLINK;
    private const uint EndEvents = LibC.IN_DELETE_SELF | LibC.IN_MOVE_SELF | LibC.IN_UNMOUNT | LibC.IN_IGNORED;
    private const int BufferBytes = 64 * 1024;
    private const int HeaderBytes = 16;

    /// <summary>A flood of changes must not keep the thread from the children for long.</summary>
    private const int MaxReadsAtOnce = 8;

    /// <summary>Protects all that follows.</summary>
    private readonly Lock _lock = new();

    /// <summary>By the kernel's number, which two paths to one folder share.</summary>
    private readonly Dictionary<int, List<FolderWatch>> _watches = [];
    private FileDescriptor? _inotify;
    private long _pollId;
    private byte[] _buffer = [];

    /// <summary>Watches a folder. Blocks.</summary>
    /// <returns>Null if it can't be watched: there is no such folder, the limit of watches is reached, ours or the user's, or the system has none.</returns>
    public unsafe FolderWatch? TryAdd(string path)
    {
        // Before the watch is made: should the path lead elsewhere then, the comparison with what is there later says so.
        if (FileStatus.Find(path, follow: true) is not { IsFolder: true } status)
        {
            return null;
        }

        lock (_lock)
        {
            if (_watches.Count >= options.Value.MaxWatches || (_inotify is null && !TryStart()))
            {
                return null;
            }

            int number;
            fixed (byte* pointer = PathBytes.Encode(path))
            {
                number = LibC.inotify_add_watch(_inotify!.Value.Value, pointer, Events);
            }

            if (number < 0)
            {
                return null;
            }

            var watch = new FolderWatch(this, number, status.Identity);
            if (!_watches.TryGetValue(number, out var watches))
            {
                _watches[number] = watches = [];
            }

            watches.Add(watch);
            return watch;
        }
    }

    /// <inheritdoc />
    public void Ready(long id)
    {
        lock (_lock)
        {
            for (var read = 0; read < MaxReadsAtOnce; read++)
            {
                if (_inotify!.Value.TryRead(_buffer, out var count) != 0 || count <= 0)
                {
                    break;
                }

                Take(_buffer.AsSpan(0, count));
            }

            DescriptorPoll.Instance.Arm(_inotify!.Value.Value, _pollId);
        }
    }

    internal void Remove(FolderWatch watch)
    {
        lock (_lock)
        {
            if (_watches.TryGetValue(watch.Number, out var watches) && watches.Remove(watch) && watches.Count == 0)
            {
                _watches.Remove(watch.Number);
                _ = LibC.inotify_rm_watch(_inotify!.Value.Value, watch.Number);
            }
        }
    }

    private bool TryStart()
    {
        var fd = LibC.inotify_init1(LibC.IN_NONBLOCK | LibC.IN_CLOEXEC);
        if (fd < 0)
        {
            return false;
        }

        _buffer = new byte[BufferBytes];
        _inotify = new FileDescriptor(fd);
        if (DescriptorPoll.Instance.TryAdd(fd, this, out _pollId) == 0)
        {
            return true;
        }

        _inotify.Value.Dispose();
        _inotify = null;
        return false;
    }

    private void Take(ReadOnlySpan<byte> events)
    {
        while (events.Length >= HeaderBytes)
        {
            var number = MemoryMarshal.Read<int>(events);
            var kinds = MemoryMarshal.Read<uint>(events[4..]);
            if ((kinds & LibC.IN_Q_OVERFLOW) != 0)
            {
                // So much has changed that some of it is lost: all may have.
                foreach (var watches in _watches.Values)
                {
                    Tell(watches, isEnd: false);
                }
            }
            else if (_watches.TryGetValue(number, out var watches))
            {
                Tell(watches, (kinds & EndEvents) != 0);
                if ((kinds & LibC.IN_IGNORED) != 0)
                {
                    _watches.Remove(number);
                }
            }

            events = events[(HeaderBytes + (int)MemoryMarshal.Read<uint>(events[12..]))..];
        }
    }

    private static void Tell(List<FolderWatch> watches, bool isEnd)
    {
        foreach (var watch in watches)
        {
            watch.Change(isEnd);
        }
    }
}
