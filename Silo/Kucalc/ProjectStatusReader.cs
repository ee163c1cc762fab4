using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Project;

namespace ProjectSilo.Silo.Kucalc;

/// <summary>Finds out the <see cref="ProjectStatus"/>. Blocks as long as the file systems do: not for a thread of the pool.</summary>
internal sealed class ProjectStatusReader(ProjectSettings project, TimeProvider time)
{
    private const string Tmp = "/tmp";
    private const long BytesPerMiB = 1024 * 1024;

    private readonly ControlGroupFiles _controlGroup = ControlGroupFiles.OfTheMachine();

    public ProjectStatus Read()
    {
        var processes = UserProcesses.Count(UserProcesses.ProjectUser);
        return new ProjectStatus(
            time.GetUtcNow(),
            CgroupUsage.Of(_controlGroup.ReadParts()),
            new DriveInfo(Tmp).DriveFormat == "tmpfs" ? UsedMiB(Tmp) : 0,
            UsedMiB(project.Home),
            processes is { } count ? Math.Max(0, count - 1) : null);
    }

    /// <summary>The third column of <c>df -BM</c>, which rounds up.</summary>
    private static long UsedMiB(string path)
    {
        var drive = new DriveInfo(path);
        return (drive.TotalSize - drive.TotalFreeSpace + BytesPerMiB - 1) / BytesPerMiB;
    }
}
