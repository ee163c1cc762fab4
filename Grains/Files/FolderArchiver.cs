using System.Text;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Project;

namespace ProjectSilo.Grains.Files;

/// <summary>
/// Packs a folder as <c>tar.bz2</c> (spec 02 §6). The archive comes through a pipe: no temporary file, and no byte beyond the limit.
/// </summary>
internal sealed class FolderArchiver(ProjectSettings project, IOptions<FilesOptions> limits, BlockingWork blockingWork, TimeProvider time)
{
    public const string Format = "tar.bz2";

    private const int MaxErrorCharacters = 1024;
    private const int FirstBufferBytes = 64 * 1024;

    /// <summary><c>tar</c>: a file changed while it was read. The archive is whole.</summary>
    private const int SomeFilesDiffer = 1;

    private static readonly string[] Excluded = [".sagemathcloud*", ".forever", ".node*", ".npm", ".sage"];

    private readonly CallerSlots _slots = new(
        limits.Value.MaxRunningArchives, limits.Value.MaxRunningArchivesPerCaller, limits.Value.MaxWaitingArchives,
        "too many folders are waiting to be archived; try again later");

    /// <summary>The archive of the absolute, normalised <paramref name="path"/>, with the folder's own name as its only top entry.</summary>
    /// <exception cref="RequestException">It is too large, took too long, too many wait, or <c>tar</c> failed.</exception>
    /// <exception cref="PosixException"><c>tar</c> could not be run.</exception>
    public async Task<ReadOnlyMemory<byte>> Create(string path, string caller, CancellationToken cancellationToken)
    {
        await _slots.Acquire(caller, cancellationToken);
        try
        {
            using var timeout = new CancellationTokenSource(limits.Value.ArchiveTimeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
            try
            {
                return await Run(path, caller, either.Token);
            }
            catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw new RequestException($"unable to archive '{PathBytes.Show(path)}' -- it takes longer than {limits.Value.ArchiveTimeout.TotalSeconds:0.#} s");
            }
        }
        finally
        {
            _slots.Release(caller);
        }
    }

    private async Task<ReadOnlyMemory<byte>> Run(string path, string caller, CancellationToken cancellationToken)
    {
        var name = ProjectPath.Name(path);
        var options = new SpawnOptions
        {
            Program = "tar",
            Arguments = [.. Excluded.Select(pattern => "--exclude=" + pattern), "-jcf", "-", "--", name.Length == 0 ? "." : name],
            WorkingDirectory = ProjectPath.Folder(path),
            Environment = project.CommandEnvironment,
            StandardInput = ChildStream.Null,
        };
        var start = blockingWork.Run(caller, () => ChildProcess.Start(options), cancellationToken);
        using var child = await Started(start, cancellationToken);
        try
        {
            var errors = ReadErrors(child.StandardError!, cancellationToken);
            var archive = await Read(child.StandardOutput!, limits.Value.MaxBlobSizeBytes, cancellationToken);
            var exit = await child.Exited.WaitAsync(cancellationToken);
            return exit.Code is 0 or SomeFilesDiffer
                ? archive
                : throw new RequestException($"unable to archive '{PathBytes.Show(path)}' -- {await errors}");
        }
        finally
        {
            child.KillGroup(LibC.SIGKILL);
        }
    }

    /// <summary>The child, unless its start hangs: then it is ended should it start after all.</summary>
    private static async Task<ChildProcess> Started(Task<ChildProcess> start, CancellationToken cancellationToken)
    {
        try
        {
            return await start.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            _ = start.ContinueWith(
                late =>
                {
                    if (late.IsCompletedSuccessfully)
                    {
                        late.Result.KillGroup(LibC.SIGKILL);
                        late.Result.Dispose();
                    }

                    _ = late.Exception;
                },
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            throw;
        }
    }

    private static async Task<ReadOnlyMemory<byte>> Read(ChildOutput pipe, long maxBytes, CancellationToken cancellationToken)
    {
        var buffer = new byte[FirstBufferBytes];
        var filled = 0;
        while (await pipe.ReadAsync(buffer.AsMemory(filled), cancellationToken) is > 0 and var count)
        {
            filled += count;
            RegularFile.RequireSize(filled, maxBytes);
            if (filled == buffer.Length)
            {
                Array.Resize(ref buffer, (int)Math.Min(2L * filled, Math.Max(maxBytes, filled) + 1));
            }
        }

        return buffer.AsMemory(0, filled);
    }

    /// <summary>The beginning of what it says; the rest is read, so that it doesn't wait, and dropped.</summary>
    private static async Task<string> ReadErrors(ChildOutput pipe, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var buffer = new byte[MaxErrorCharacters];
        while (await pipe.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            if (text.Length < MaxErrorCharacters)
            {
                text.Append(Encoding.UTF8.GetString(buffer.AsSpan(0, count)));
            }
        }

        return text.ToString(0, Math.Min(text.Length, MaxErrorCharacters)).TrimEnd();
    }
}
