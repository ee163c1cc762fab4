using System.Text;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Status;

namespace ProjectSilo.Grains.Native;

/// <summary>Reads what the kernel counts for the project's control group (spec 14 §4). Which version there is is found out once.</summary>
/// <param name="root"><c>/sys/fs/cgroup</c>.</param>
/// <param name="proc"><c>/proc</c>.</param>
public sealed class ControlGroupFiles(string root, string proc)
{
    /// <summary>None of these files is larger; what is beyond is not looked at.</summary>
    private const int MaxBytes = 16 * 1024 * 1024;

    private Func<ControlGroupInfo?>? _read;

    /// <summary>Read once: the kernel takes long to write the list of processors.</summary>
    private int? _processors;
    private double? _memoryTotal;

    /// <summary>Those of this process.</summary>
    public static ControlGroupFiles OfTheMachine() => new("/sys/fs/cgroup", "/proc");

    /// <summary>What is counted now, without a rate; null if it can't be told. Blocks.</summary>
    public ControlGroupInfo? Read() => (_read ??= Choose())();

    /// <summary>What is counted now, and of what there are files: version 1 has a folder for each, any of which may be elsewhere or missing. Blocks.</summary>
    public ControlGroupParts ReadParts()
    {
        switch (TryReadFile($"{root}/cgroup.controllers", out _))
        {
            case 0:
                var folder = FolderOfVersion2();
                return new ControlGroupParts(
                    ReadVersion2(), Path.Exists($"{folder}/memory.stat"), Path.Exists($"{folder}/cpu.stat"), Path.Exists($"{folder}/memory.events"));
            case PosixError.ENOENT:
                var (memory, oom, used) = (TextOf($"{root}/memory/memory.stat"), TextOf($"{root}/memory/memory.oom_control"), TextOf($"{root}/cpuacct/cpuacct.usage"));
                return new ControlGroupParts(ControlGroupText.Version1(memory, oom, used, [], []), memory.Length > 0, used.Length > 0, oom.Length > 0);
            default:
                return new ControlGroupParts(new ControlGroupInfo(), false, false, false);
        }
    }

    private Func<ControlGroupInfo?> Choose()
    {
        var errno = TryReadFile($"{root}/cgroup.controllers", out _);
        return errno switch
        {
            0 => ReadVersion2,
            PosixError.ENOENT => ReadVersion1,
            _ => () => null,
        };
    }

    private ControlGroupInfo? ReadVersion1()
    {
        if (TryReadFile($"{root}/memory/memory.stat", out var memory) != 0
            || TryReadFile($"{root}/memory/memory.oom_control", out var oom) != 0
            || TryReadFile($"{root}/cpu,cpuacct/cpuacct.usage", out var used) != 0
            || TryReadFile($"{root}/cpu,cpuacct/cpu.cfs_quota_us", out var quota) != 0
            || TryReadFile($"{root}/cpu,cpuacct/cpu.cfs_period_us", out var period) != 0)
        {
            _read = () => null;
            return null;
        }

        return ControlGroupText.Version1(memory, oom, used, quota, period);
    }

    private ControlGroupInfo ReadVersion2()
    {
        var folder = FolderOfVersion2();
        var info = ControlGroupText.Version2(
            TextOf($"{folder}/memory.stat"), TextOf($"{folder}/memory.events"), TextOf($"{folder}/cpu.stat"));
        return info with
        {
            MemoryLimit = ControlGroupText.MemoryMax(TextOf($"{folder}/memory.max")) ?? (_memoryTotal ??= ControlGroupText.MemoryTotal(TextOf($"{proc}/meminfo"))) ?? -1,
            CpuCoresLimit = ControlGroupText.CpuMax(TextOf($"{folder}/cpu.max")) ?? (_processors ??= ControlGroupText.Processors(TextOf($"{proc}/cpuinfo"))),
        };
    }

    /// <summary>That of the line <c>0::/a/b</c>; in a container that can't see it, the root is its own.</summary>
    private string FolderOfVersion2()
    {
        foreach (var line in Encoding.UTF8.GetString(TextOf($"{proc}/self/cgroup")).Split('\n'))
        {
            if (line.StartsWith("0::/", StringComparison.Ordinal))
            {
                var folder = $"{root}{line[3..].TrimEnd('/')}";
                return FileStatus.Find(folder, follow: true) is { IsFolder: true } ? folder : root;
            }
        }

        return root;
    }

    /// <summary>Empty if there is none.</summary>
    private static byte[] TextOf(string path) => TryReadFile(path, out var text) == 0 ? text : [];

    private static int TryReadFile(string path, out byte[] text)
    {
        text = [];
        var errno = FileDescriptor.TryOpen(LibC.AT_FDCWD, PathBytes.Encode(path), LibC.O_RDONLY | LibC.O_NOCTTY, 0, out var file);
        if (errno != 0)
        {
            return errno;
        }

        using (file)
        {
            try
            {
                text = RegularFile.ReadToEnd(file, 0, MaxBytes).ToArray();
                return 0;
            }
            catch (PosixException exception)
            {
                return exception.Errno;
            }
            catch (RequestException)
            {
                // Larger than any of these.
                return PosixError.EFBIG;
            }
        }
    }
}
