using ProjectSilo.Grains.Interfaces.Status;

namespace ProjectSilo.Grains.Status;

/// <summary>What there is to be known of the project beside its processes.</summary>
/// <param name="ControlGroup">Its control group, without a rate.</param>
/// <param name="Tmp">The file system of <c>/tmp</c>.</param>
/// <param name="Project">The file system of HOME.</param>
internal sealed record MachineReading(ControlGroupInfo? ControlGroup, DiskUsage Tmp, DiskUsage Project)
{
    /// <summary>Before the file systems have answered once.</summary>
    public static MachineReading Unknown { get; } = new(null, new DiskUsage(0, 0, 0, 0), new DiskUsage(0, 0, 0, 0));
}
