namespace ProjectSilo.Grains.Interfaces.Status;

/// <summary>A file system's space in MiB (spec 14 §3): <c>{"total":1000.5,"free":400,"available":350,"usage":600.5}</c>.</summary>
/// <param name="Total">All of it.</param>
/// <param name="Free">What is free.</param>
/// <param name="Available">What users other than root may take of that.</param>
/// <param name="Usage">What is in use. 0 of a <c>/tmp</c> that is on a disk, since only a RAM disk counts as memory.</param>
[GenerateSerializer, Immutable, Alias("ProjectSilo.DiskUsage")]
public sealed record DiskUsage([property: Id(0)] double Total, [property: Id(1)] double Free, [property: Id(2)] double Available, [property: Id(3)] double Usage);
