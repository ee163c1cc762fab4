using System.Globalization;

namespace ProjectSilo.Grains.Native;

/// <summary>
/// The devices whose file systems answer from the kernel's memory alone: neither a network nor a program stands behind them. As the kernel lists mounts now; it
/// says when that changes.
/// </summary>
internal sealed class LocalMounts : IDisposable
{
    private const string Path = "/proc/self/mountinfo";

    // Not tmpfs: it has no reads without waiting.
    private static readonly HashSet<string> LocalTypes = new(StringComparer.Ordinal) { "ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs" };

    /// <summary>Guards all below.</summary>
    private readonly Lock _lock = new();
    private FileDescriptor? _list;

    /// <summary>Null while it must be read.</summary>
    private HashSet<(uint Major, uint Minor)>? _devices;

    /// <summary>Whether the open file is on such a device. Doesn't wait: false while the list has to be read.</summary>
    public bool Has(FileIdentity file)
    {
        lock (_lock)
        {
            if (_devices is not null && LibC.HasEvent(_list!.Value.Value, LibC.POLLPRI))
            {
                _devices = null;
            }

            return _devices is not null && _devices.Contains((file.DeviceMajor, file.DeviceMinor));
        }
    }

    /// <summary>Reads the list if that is due. Blocks.</summary>
    public void Refresh()
    {
        lock (_lock)
        {
            if (_devices is not null)
            {
                return;
            }
        }

        // Outside the lock: who reads without waiting must not wait for this. What changes meanwhile is an event of the new descriptor.
        if (FileDescriptor.TryOpen(LibC.AT_FDCWD, PathBytes.Encode(Path), LibC.O_RDONLY, 0, out var list) != 0)
        {
            return;
        }

        var devices = Read(list);
        lock (_lock)
        {
            _list?.Dispose();
            _list = list;
            _devices = devices;
        }
    }

    /// <inheritdoc />
    public void Dispose() => _list?.Dispose();

    // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext4 /dev/root rw,errors=continue
    private static HashSet<(uint Major, uint Minor)> Read(FileDescriptor list)
    {
        var devices = new HashSet<(uint Major, uint Minor)>();
        foreach (var line in PathBytes.Show(RegularFile.ReadToEnd(list, 0, int.MaxValue).Span).Split('\n'))
        {
            var words = line.Split(' ');
            var type = Array.IndexOf(words, "-") + 1;
            if (type > 0 && type < words.Length && LocalTypes.Contains(words[type])
                && words[2].Split(':') is [var major, var minor]
                && uint.TryParse(major, NumberStyles.None, CultureInfo.InvariantCulture, out var majorNumber)
                && uint.TryParse(minor, NumberStyles.None, CultureInfo.InvariantCulture, out var minorNumber))
            {
                devices.Add((majorNumber, minorNumber));
            }
        }

        return devices;
    }
}
