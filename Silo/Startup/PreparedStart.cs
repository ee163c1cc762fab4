using System.Net;
using ProjectSilo.Grains.Project;
using ProjectSilo.Silo.DataDirectory;
using ProjectSilo.Silo.ProjectEnvironment;

namespace ProjectSilo.Silo.Startup;

/// <summary>A start whose checks have all passed: what the host is built from.</summary>
/// <param name="Settings">Command line and environment.</param>
/// <param name="Address">What the servers bind to.</param>
/// <param name="Token">The secret token of this run.</param>
/// <param name="Environment">The cleaned environment.</param>
/// <param name="Started">The environment as it was: the source of our own options (<c>PROJECTSILO_*</c>) and of the log's.</param>
/// <param name="FolderLock">Held as long as the daemon lives.</param>
internal sealed record PreparedStart(
    ProcessSettings Settings,
    IPAddress Address,
    Secret Token,
    CleanedEnvironment Environment,
    IReadOnlyDictionary<string, string> Started,
    DataFolderLock FolderLock) : IDisposable
{
    /// <summary>What grains may know.</summary>
    public ProjectSettings Project { get; } = new()
    {
        ProjectId = Settings.ProjectId,
        ComputeServerId = Settings.ComputeServerId,
        Home = Settings.Home,
        Data = Settings.Data,
        ListingHome = Settings.ListingHome,
        Root = Settings.Root,
        Environment = Environment.Children,
    };

    /// <summary>Gives the data folder free.</summary>
    public void Dispose() => FolderLock.Dispose();
}
