using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Files;

internal sealed partial class FilesGrain
{
    /// <inheritdoc />
    public async Task<FileBlob> ReadBlob(string path, string? archive, string caller, CancellationToken cancellationToken)
    {
        var absolute = ProjectPath.Absolute(project.Home, path);
        if (await blockingWork.Run(caller, () => ReadFile(absolute), cancellationToken) is { } content)
        {
            return new FileBlob(content, null);
        }

        return archive is null or FolderArchiver.Format
            ? new FileBlob(await archiver.Create(ProjectPath.Normalise(absolute), caller, cancellationToken), FolderArchiver.Format)
            : throw new RequestException($"The only supported directory archive format is {FolderArchiver.Format}");
    }

    /// <summary>The bytes; null for a folder.</summary>
    private ReadOnlyMemory<byte>? ReadFile(string path)
    {
        if (FileStatus.Read(path, follow: true).IsFolder)
        {
            return null;
        }

        return RegularFile.Read(path, path, "stat", _limits.MaxBlobSizeBytes);
    }
}
