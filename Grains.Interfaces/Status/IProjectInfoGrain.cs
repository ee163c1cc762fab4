using Orleans.Concurrency;

namespace ProjectSilo.Grains.Interfaces.Status;

/// <summary>
/// Watches the processes, the disk and the control group of a project (spec 14): scans them while somebody asks, and seldom otherwise. The first call begins it. Key:
/// <see cref="GrainKey.Of(int)"/>.
/// </summary>
[Alias("ProjectSilo.IProjectInfoGrain")]
public interface IProjectInfoGrain : IGrainWithStringKey
{
    /// <summary>The last scan. The first is waited for, but not for long: null if there is none yet.</summary>
    [AlwaysInterleave]
    Task<ProjectInfo?> GetInfo();

    /// <summary>What the kernel of a notebook uses; null before it is known. Each request has it watched for 15 s.</summary>
    /// <param name="path">The notebook, e.g. <c>a.ipynb</c>.</param>
    [AlwaysInterleave]
    Task<UsageInfo?> GetUsage(string path);

    /// <summary>
    /// The status whenever it should be told: at first what is known, then after a scan, at once if the alerts have changed and at most once a minute otherwise. Who is
    /// slow gets the last.
    /// </summary>
    [AlwaysInterleave]
    IAsyncEnumerable<ProjectStatus> FollowStatus(CancellationToken cancellationToken);
}
