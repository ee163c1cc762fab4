using System.Collections.Immutable;
using System.Text;
using System.Text.Unicode;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Project;

namespace ProjectSilo.Grains.Files;

/// <summary>Files and folders. Everything interleaves and everything that blocks is <see cref="BlockingWork"/> of its caller.</summary>
internal sealed partial class FilesGrain(
    ProjectSettings project,
    IOptions<FilesOptions> limits,
    BlockingWork blockingWork,
    CachedFile cachedFile,
    LocalMounts localMounts,
    UnfinishedSaves unfinished,
    WholeFileWriter writer,
    WriteLocks writeLocks,
    FolderArchiver archiver,
    TimeProvider time)
    : Grain, IFilesGrain
{
    private readonly FilesOptions _limits = limits.Value;
    private readonly SharedListings _listings = new(blockingWork, limits.Value);

    /// <inheritdoc />
    public Task<DirectoryListing> List(ListingRequest request, string caller) =>
        _listings.Run(ProjectPath.Normalise($"{project.ListingHome}/{request.Path}"), request, caller);

    /// <inheritdoc />
    public Task<string> RealPath(string path, string caller) => blockingWork.Run(caller, () => ResolvedPaths.Real(project.ListingHome, path));

    /// <inheritdoc />
    public Task<ImmutableArray<string>> CanonicalPaths(ImmutableArray<string> paths, string caller)
    {
        RequireFewEnough(paths);
        return blockingWork.Run(caller, () => ResolvedPaths.Canonical(project.Home, paths));
    }

    /// <inheritdoc />
    public Task<ReadOnlyMemory<byte>> ReadText(string path, string caller)
    {
        var absolute = InHome(path);
        return cachedFile.TryRead(absolute, _limits.MaxTextSizeBytes, out var content)
            ? Task.FromResult(ValidText(content))
            : blockingWork.Run(caller, () =>
            {
                localMounts.Refresh();
                return ValidText(RegularFile.Read(absolute, path, "open", _limits.MaxTextSizeBytes));
            });
    }

    /// <inheritdoc />
    public Task WriteText(string path, Utf8Text content, string caller, CancellationToken cancellationToken) =>
        Write(InHome(path), path, () => FileContent.Of(content), caller, overwrite: true, cancellationToken);

    /// <inheritdoc />
    public Task WriteTextWithoutParents(string path, Utf8Text content, string caller, CancellationToken cancellationToken) =>
        Write(InHome(path), path, () => FileContent.Of(content), caller, overwrite: true, cancellationToken, makeParents: false);

    /// <inheritdoc />
    public Task WriteBlob(string path, ReadOnlyMemory<byte> content, string caller, CancellationToken cancellationToken)
    {
        var absolute = ProjectPath.Absolute(project.Home, path);
        return Write(absolute, absolute, () => FileContent.Of(content), caller, overwrite: true, cancellationToken);
    }

    /// <inheritdoc />
    public async Task NewFile(string path, string caller, CancellationToken cancellationToken)
    {
        var absolute = ProjectPath.Absolute(project.Home, path);
        if (path.Length > 0 && !await blockingWork.Run(caller, () => FileStatus.Find(absolute, follow: true) is not null, cancellationToken))
        {
            await Write(absolute, absolute, () => FileContent.Of(Templates.For(absolute, project, _limits.MaxTextSizeBytes)), caller, overwrite: false, cancellationToken);
        }
    }

    /// <inheritdoc />
    public Task<double?> FindNewer(string path, double afterMilliseconds, string caller) =>
        blockingWork.Run(caller, () => NewerFile.Find(ProjectPath.Normalise($"{project.Home}/{path}"), afterMilliseconds, _limits.MaxNewerEntries));

    /// <summary>Where a path of the text calls leads: not normalised, as the kernel would take it in HOME.</summary>
    private string InHome(string path) =>
        path.Length == 0 ? throw new PosixException(PosixError.ENOENT, "open", path)
        : path[0] == '/' ? path
        : $"{project.Home}/{path}";

    /// <summary>U+FFFD in the place of what is not UTF-8.</summary>
    private static ReadOnlyMemory<byte> ValidText(ReadOnlyMemory<byte> content) =>
        Utf8.IsValid(content.Span) ? content : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(content.Span));

    /// <summary>Writes a file, one writer at a time.</summary>
    private async Task Write(
        string path, string shown, Func<FileContent> content, string caller, bool overwrite, CancellationToken cancellationToken, bool makeParents = true)
    {
        // First by the name that was given, so that writes happen in the order in which they came; then by the file that it leads to.
        using var nameLock = await writeLocks.Acquire("name " + path, cancellationToken);
        var target = "";
        var waitFor = await blockingWork.Run(
            caller,
            () =>
            {
                if (makeParents)
                {
                    Folders.MakeContaining(ProjectPath.Normalise(path));
                }

                target = WholeFileWriter.Target(path, shown);
                var lockName = WholeFileWriter.LockOf(target);
                // Mostly nobody else writes it: then all is done by one piece of work, since another thread is dear to wake.
                using var held = writeLocks.TryAcquire(lockName);
                if (held is null)
                {
                    return lockName;
                }

                Save();
                return null;
            },
            cancellationToken);
        if (waitFor is not null)
        {
            using var fileLock = await writeLocks.Acquire(waitFor, cancellationToken);
            await blockingWork.Run(caller, Save, cancellationToken);
        }

        void Save()
        {
            var bytes = content();
            writer.Write(target, bytes, shown, overwrite);
            FilesInstruments.FileWritten(bytes.Length);
        }
    }
}
