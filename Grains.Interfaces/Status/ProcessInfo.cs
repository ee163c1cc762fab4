using System.Collections.Immutable;

namespace ProjectSilo.Grains.Interfaces.Status;

/// <summary>
/// A process of the project (spec 14 §2): <c>{"pid":28817,"ppid":28739,"cmdline":["/bin/sh","-i"],"exe":"/usr/bin/dash","stat":{...},"cpu":{"pct":0,"secs":0},
/// "uptime":88.48,"cocalc":{"type":"terminal","path":"a.term"}}</c>.
/// </summary>
/// <param name="Pid">Its number.</param>
/// <param name="Stat">What the kernel counts.</param>
/// <param name="Executable"><c>exe</c>: the program's file; may end in <c> (deleted)</c>.</param>
/// <param name="CommandLine"><c>cmdline</c>: the arguments that are not empty.</param>
/// <param name="CpuPercent"><c>cpu.pct</c>: of one processor, since the scan before; 0 for a process that is new.</param>
/// <param name="UptimeSeconds"><c>uptime</c>: how long it has run.</param>
/// <param name="Role"><c>cocalc</c>: what it is to the project, if anything.</param>
[GenerateSerializer, Immutable, Alias("ProjectSilo.ProcessInfo")]
public sealed record ProcessInfo(
    [property: Id(0)] int Pid,
    [property: Id(1)] ProcessStat Stat,
    [property: Id(2)] string Executable,
    [property: Id(3)] ImmutableArray<string> CommandLine,
    [property: Id(4)] double CpuPercent,
    [property: Id(5)] double UptimeSeconds,
    [property: Id(6)] ProcessRole? Role);
