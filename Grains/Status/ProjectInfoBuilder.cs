using System.Collections.Immutable;
using ProjectSilo.Grains.Interfaces.Status;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Status;

/// <summary>Makes of one scan after the other what is told of the project, with what has happened since the one before.</summary>
internal sealed class ProjectInfoBuilder(ProcessRoles roles, TimeProvider time)
{
    private readonly CpuSamples _cpu = new(time);
    private (double CpuUsage, long Timestamp)? _before;

    /// <summary>Makes it.</summary>
    public ProjectInfo Build(ProcessTable table, MachineReading machine)
    {
        var percents = _cpu.Take(table.Processes, table.Timestamp);
        var processes = ImmutableArray.CreateBuilder<ProcessInfo>(table.Processes.Count);
        for (var place = 0; place < table.Processes.Count; place++)
        {
            var entry = table.Processes[place];
            if (entry.Executable is { } executable)
            {
                var uptime = table.UptimeSeconds - entry.Stat.StartSeconds;
                processes.Add(new ProcessInfo(entry.Pid, entry.Stat, executable, entry.CommandLine, percents[place], uptime, roles.Of(entry)));
            }
        }

        return new ProjectInfo(
            table.Begin.ToUnixTimeMilliseconds(),
            processes.ToImmutable(),
            table.UptimeSeconds,
            table.Begin - TimeSpan.FromSeconds(table.UptimeSeconds),
            WithRate(machine.ControlGroup, table.Timestamp),
            machine.Tmp,
            machine.Project);
    }

    private ControlGroupInfo? WithRate(ControlGroupInfo? group, long timestamp)
    {
        if (group is null)
        {
            _before = null;
            return null;
        }

        var elapsed = _before is { } last ? time.GetElapsedTime(last.Timestamp, timestamp).TotalSeconds : 0;
        var rate = elapsed > 0 ? (group.CpuUsage - _before!.Value.CpuUsage) / elapsed : 0;
        _before = (group.CpuUsage, timestamp);
        return group with { CpuUsageRate = rate };
    }
}
