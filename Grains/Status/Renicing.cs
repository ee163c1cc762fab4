using ProjectSilo.Grains.Interfaces.Status;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Status;

/// <summary>Makes processes that compute for long nicer, so that the others are not held up (spec 01 §8, spec 14 §8).</summary>
internal static class Renicing
{
    /// <summary>The nice value that a process should have at least.</summary>
    public static int WantedNice(ProcessStat stat, bool isFreeProject) =>
        isFreeProject ? Niceness.FreeProject : Math.Max(stat.CpuSeconds, stat.ChildUserSeconds + stat.ChildSystemSeconds) switch
        {
            > 600 => 19,
            > 300 => 10,
            > 60 => 4,
            _ => 0,
        };

    /// <summary>Makes those nicer that should be. Blocks.</summary>
    /// <returns>Those that it couldn't be done to.</returns>
    public static List<(int Pid, int Errno)> Apply(ProjectInfo info, bool isFreeProject)
    {
        var failed = new List<(int Pid, int Errno)>();
        foreach (var process in info.Processes)
        {
            var wanted = WantedNice(process.Stat, isFreeProject);
            if (process.Pid != 1 && process.Pid != Environment.ProcessId && process.Stat.Nice < wanted
                && Niceness.Raise(process.Pid, wanted) is not 0 and var errno)
            {
                failed.Add((process.Pid, errno));
            }
        }

        return failed;
    }
}
