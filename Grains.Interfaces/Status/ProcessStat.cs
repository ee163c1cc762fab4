namespace ProjectSilo.Grains.Interfaces.Status;

/// <summary>
/// What <c>/proc/{pid}/stat</c> tells of a process (spec 14 §2). On the wire
/// <c>{"ppid":28739,"state":"S","utime":0,"stime":0,"cutime":0,"cstime":0,"starttime":4528.18,"nice":0,"num_threads":1,"mem":{"rss":1.48}}</c>.
/// </summary>
/// <param name="ParentPid"><c>ppid</c>: the process that started it, or that adopted it.</param>
/// <param name="State"><c>state</c>: a letter, e.g. <c>R</c>, <c>S</c>, <c>D</c>, <c>Z</c>, <c>T</c>.</param>
/// <param name="UserSeconds"><c>utime</c>: CPU time in the program.</param>
/// <param name="SystemSeconds"><c>stime</c>: CPU time in the kernel.</param>
/// <param name="ChildUserSeconds"><c>cutime</c>: <c>utime</c> of the children that it waited for.</param>
/// <param name="ChildSystemSeconds"><c>cstime</c>: <c>stime</c> of those.</param>
/// <param name="Nice"><c>nice</c>: -20 to 19.</param>
/// <param name="Threads"><c>num_threads</c>.</param>
/// <param name="StartSeconds"><c>starttime</c>: when it started, in seconds after the machine did.</param>
/// <param name="ResidentBytes">Memory in RAM; on the wire <c>mem.rss</c> in MiB.</param>
[GenerateSerializer, Immutable, Alias("ProjectSilo.ProcessStat")]
public readonly record struct ProcessStat(
    [property: Id(0)] int ParentPid,
    [property: Id(1)] char State,
    [property: Id(2)] double UserSeconds,
    [property: Id(3)] double SystemSeconds,
    [property: Id(4)] double ChildUserSeconds,
    [property: Id(5)] double ChildSystemSeconds,
    [property: Id(6)] int Nice,
    [property: Id(7)] int Threads,
    [property: Id(8)] double StartSeconds,
    [property: Id(9)] long ResidentBytes)
{
    /// <summary>User and system time of itself.</summary>
    public double CpuSeconds => UserSeconds + SystemSeconds;

    /// <summary>Memory in RAM in MiB.</summary>
    public double ResidentMiB => ResidentBytes / 1048576.0;
}
