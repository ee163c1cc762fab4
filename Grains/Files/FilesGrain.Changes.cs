using System.Collections.Immutable;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Files;

internal sealed partial class FilesGrain
{
    private const int DeleteRetries = 2;

    private ProtectedFolders ProtectedFolders => new(project.Home, project.Data);

    /// <inheritdoc />
    public async Task Delete(ImmutableArray<string> paths, string caller)
    {
        RequireFewEnough(paths);
        var normal = paths.Select(InHomeNormalised).ToArray();
        await blockingWork.Run(caller, () =>
        {
            // All, before anything is gone.
            var protectedFolders = ProtectedFolders;
            for (var index = 0; index < normal.Length; index++)
            {
                RequireUnprotected(protectedFolders, normal[index], paths[index]);
                foreach (var companion in Companions.DeletedWith(normal[index]))
                {
                    RequireUnprotected(protectedFolders, companion, companion);
                }
            }
        });
        foreach (var path in normal)
        {
            await Remove(path, caller);
            foreach (var companion in Companions.DeletedWith(path))
            {
                try
                {
                    await Remove(companion, caller);
                }
                catch (PosixException exception) when (exception.Errno == PosixError.ENAMETOOLONG)
                {
                    // The name is so long that it can have no such companion.
                }
            }
        }
    }

    /// <inheritdoc />
    public Task Move(ImmutableArray<string> paths, string dest, string caller)
    {
        RequireFewEnough(paths);
        var folder = InHomeNormalised(dest);
        return Move(paths.Select(InHomeNormalised).Select(path => (path, $"{folder.TrimEnd('/')}/{ProjectPath.Name(path)}")), caller);
    }

    /// <inheritdoc />
    public Task Rename(string src, string dest, string caller) =>
        src == dest ? Task.CompletedTask : Move([(InHomeNormalised(src), InHomeNormalised(dest))], caller);

    private Task Move(IEnumerable<(string Source, string Target)> moves, string caller)
    {
        var all = moves.ToArray();
        return blockingWork.Run(caller, () =>
        {
            var plan = new MovePlan(ProtectedFolders, unfinished);
            foreach (var (source, target) in all)
            {
                plan.Add(source, target);
            }

            plan.Run();
        });
    }

    private void RequireFewEnough(ImmutableArray<string> paths)
    {
        if (paths.Length > _limits.MaxPaths)
        {
            throw new RequestException($"too many paths: {paths.Length}, at most {_limits.MaxPaths} are allowed");
        }
    }

    /// <summary>Removes one path; a folder that is busy, or into which somebody writes, twice again.</summary>
    private async Task Remove(string path, string caller)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await blockingWork.Run(caller, () =>
                {
                    // Again: a link or a name may lead there since the first look.
                    RequireUnprotected(ProtectedFolders, path, path);
                    TreeRemoval.Remove(path);
                });
                return;
            }
            catch (PosixException exception) when (attempt <= DeleteRetries && IsBusy(exception.Errno))
            {
                await Task.Delay(_limits.DeleteRetryDelay * attempt, time);
            }
        }
    }

    private static void RequireUnprotected(ProtectedFolders protectedFolders, string path, string shown)
    {
        if (protectedFolders.Contains(path))
        {
            throw new RequestException($"refusing to delete '{PathBytes.Show(shown)}'");
        }
    }

    private static bool IsBusy(int errno) =>
        errno is PosixError.EBUSY or PosixError.ENOTEMPTY or PosixError.EEXIST or PosixError.EMFILE or PosixError.ENFILE or PosixError.ETXTBSY;

    private string InHomeNormalised(string path) => ProjectPath.Normalise(path.StartsWith('/') ? path : $"{project.Home}/{path}");
}
