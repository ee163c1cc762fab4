namespace ProjectSilo.Grains.Interfaces.Status;

/// <summary>
/// What a notebook's kernel uses (spec 14 §7):
/// <c>{"time":1783081032000,"cpu":12,"cpu_chld":0,"mem":80,"mem_chld":0,"mem_limit":512,"cpu_limit":0.5,"mem_free":400}</c>.
/// </summary>
/// <param name="Time">When it was measured, in ms since 1970.</param>
/// <param name="Cpu"><c>cpu</c>: % of a processor, of the kernel's process.</param>
/// <param name="CpuChildren"><c>cpu_chld</c>: of its descendants together.</param>
/// <param name="Memory"><c>mem</c>: MiB of the kernel's process.</param>
/// <param name="MemoryChildren"><c>mem_chld</c>: of its descendants together.</param>
/// <param name="MemoryLimit"><c>mem_limit</c>: MiB that the project may use; 0 if unknown.</param>
/// <param name="CpuLimit"><c>cpu_limit</c>: processors that it may use; 0 if unknown.</param>
/// <param name="MemoryFree"><c>mem_free</c>: MiB that are left of the limit.</param>
[GenerateSerializer, Immutable, Alias("ProjectSilo.UsageInfo")]
public sealed record UsageInfo(
    [property: Id(0)] long Time,
    [property: Id(1)] double Cpu,
    [property: Id(2)] double CpuChildren,
    [property: Id(3)] double Memory,
    [property: Id(4)] double MemoryChildren,
    [property: Id(5)] double MemoryLimit,
    [property: Id(6)] double CpuLimit,
    [property: Id(7)] double MemoryFree);
