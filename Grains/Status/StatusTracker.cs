using System.Collections.Immutable;
using System.Globalization;
using ProjectSilo.Grains.Interfaces.Status;

namespace ProjectSilo.Grains.Status;

/// <summary>Makes statuses of scans, and decides which of them are told (spec 14 §6).</summary>
internal sealed class StatusTracker(ProjectInfoOptions options, BrokenComponents broken)
{
    /// <summary>By condition, e.g. <c>disk</c> or the number of a process: since which scan it has held.</summary>
    private Dictionary<string, long> _since = new(StringComparer.Ordinal);
    private ProjectStatus? _told;
    private long _toldAt;

    /// <summary>Whether a condition holds, so that it may soon be an alert.</summary>
    public bool IsUrgent => _since.Count > 0;

    /// <summary>Takes in a scan.</summary>
    /// <returns>The status, if it is to be told now.</returns>
    public ProjectStatus? Update(ProjectInfo info)
    {
        var (usage, memory, cpu) = UsageOf(info);
        var status = new ProjectStatus(AlertsOf(info, memory, cpu), usage);
        if (_told is { } told && told.HasAlertsOf(status) && (told == status || info.Timestamp - _toldAt < options.StatusInterval.TotalMilliseconds))
        {
            return null;
        }

        (_told, _toldAt) = (status, info.Timestamp);
        return status;
    }

    private static (ProjectUsage Usage, double MemoryPercent, double CpuPercent) UsageOf(ProjectInfo info)
    {
        // In whole MiB, so that a log file that grows is no news.
        var usage = new ProjectUsage { DiskMiB = Round(info.Project.Usage) };
        if (info.ControlGroup is not { } group)
        {
            return (usage, 0, 0);
        }

        var memory = PercentOf(info.MemoryUse, group.MemoryLimit);
        var cpu = PercentOf(group.CpuUsageRate, group.CpuCoresLimit);
        usage = usage with
        {
            MemoryPercent = Round(memory),
            MemoryTotalMiB = UpToTen(group.MemoryLimit),
            MemoryUsedMiB = UpToTen(info.MemoryUse),
            CpuPercent = Round(cpu),
            CpuSeconds = Round(group.CpuUsage),
        };
        return (usage, memory, cpu);
    }

    private ImmutableArray<ProjectAlert> AlertsOf(ProjectInfo info, double memoryPercent, double cpuPercent)
    {
        var since = new Dictionary<string, long>(StringComparer.Ordinal);
        var alerts = ImmutableArray.CreateBuilder<ProjectAlert>();
        Check("cpu-cgroup", cpuPercent > options.AlertPercent);
        // Unknown is not full.
        Check("disk", info.Project.Total > 0 && info.Project.Free < options.AlertFreeMiB);
        Check("memory", memoryPercent > options.AlertPercent);
        var pids = new List<string>();
        foreach (var process in info.Processes)
        {
            var pid = process.Pid.ToString(CultureInfo.InvariantCulture);
            if (process.CpuPercent > options.AlertPercent && Lasts(pid))
            {
                pids.Add(pid);
            }
        }

        if (pids.Count > 0)
        {
            pids.Sort(StringComparer.Ordinal);
            alerts.Add(new ProjectAlert("cpu-process", [.. pids]));
        }

        if (broken.Names is { IsEmpty: false } names)
        {
            alerts.Add(new ProjectAlert("component", names));
        }

        _since = since;
        return alerts.ToImmutable();

        void Check(string condition, bool holds)
        {
            if (holds && Lasts(condition))
            {
                alerts.Add(new ProjectAlert(condition));
            }
        }

        bool Lasts(string condition)
        {
            since[condition] = _since.GetValueOrDefault(condition, info.Timestamp);
            return info.Timestamp - since[condition] > options.AlertDelay.TotalMilliseconds;
        }
    }

    private static double PercentOf(double value, double limit) => limit <= 0 ? 0 : 100 * Math.Min(1, value / limit);

    /// <summary>Never -0, which would be another number on the wire.</summary>
    private static double UpToTen(double value) => (10 * Math.Ceiling(value / 10)) + 0.0;

    /// <summary>As JavaScript rounds.</summary>
    private static double Round(double value) => Math.Floor(value + 0.5);
}
