using System.Text;
using ProjectSilo.Grains.Interfaces.Status;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Status;

/// <summary>
/// Reads control group and file systems. One of those may hang for long, so nobody waits for it: then what was read before holds, and it is not asked again until it
/// has answered.
/// </summary>
internal sealed class MachineReader(BlockingWork blockingWork, string home, TimeSpan timeout, TimeProvider time)
{
    private const string Tmp = "/tmp";
    private const double BytesPerMiB = 1048576;

    private readonly ControlGroupFiles _controlGroup = ControlGroupFiles.OfTheMachine();
    private MachineReading _last = MachineReading.Unknown;
    private Task<MachineReading>? _running;
    private bool? _tmpIsMemory;

    /// <summary>What is so now, or was when it could last be read.</summary>
    public async Task<MachineReading> Read(CancellationToken cancellationToken)
    {
        _running ??= blockingWork.Run("disk usage", ReadNow, CancellationToken.None);
        try
        {
            _last = await _running.WaitAsync(timeout, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // The last holds.
        }
        finally
        {
            _running = _running.IsCompleted ? null : _running;
        }

        return _last;
    }

    /// <summary>Whether a line of <c>/proc/mounts</c> says that <c>/tmp</c> is in memory.</summary>
    internal static bool IsTmpMemory(string mounts)
    {
        foreach (var line in mounts.AsSpan().EnumerateLines())
        {
            var device = line.IndexOf(' ');
            if (device > 0 && line[device..].StartsWith(" /tmp tmpfs ", StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private MachineReading ReadNow()
    {
        _tmpIsMemory ??= IsTmpMemory(Encoding.UTF8.GetString(File.ReadAllBytes("/proc/mounts")));
        var tmp = UsageOf(Tmp);
        return new MachineReading(_controlGroup.Read(), _tmpIsMemory.Value ? tmp : tmp with { Usage = 0 }, UsageOf(home));
    }

    /// <summary>All 0 if there is no such folder: it may come again, and the processes are of interest anyway.</summary>
    private static DiskUsage UsageOf(string path)
    {
        FileSystemSpace.TryRead(path, out var space);
        return new DiskUsage(
            space.TotalBytes / BytesPerMiB, space.FreeBytes / BytesPerMiB, space.AvailableBytes / BytesPerMiB, (space.TotalBytes - space.FreeBytes) / BytesPerMiB);
    }
}
