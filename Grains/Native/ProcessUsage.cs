namespace ProjectSilo.Grains.Native;

/// <summary>What <c>/proc/{pid}/stat</c> tells of one process.</summary>
/// <param name="ParentPid">The process that started it, or that adopted it.</param>
/// <param name="CpuSeconds">User and system time of itself.</param>
/// <param name="ResidentBytes">Memory in RAM.</param>
internal readonly record struct ProcessUsage(int ParentPid, double CpuSeconds, long ResidentBytes);
