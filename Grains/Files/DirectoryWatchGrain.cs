using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Commands;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Project;

namespace ProjectSilo.Grains.Files;

/// <summary>Watches one folder, for all who follow it. Where the system tells nothing it looks itself, again and again.</summary>
[SuppressMessage("Design", "CA1001", Justification = "It is disposed when the last follower leaves.")]
internal sealed partial class DirectoryWatchGrain(
    ProjectSettings project,
    FolderWatches watches,
    BlockingWork blockingWork,
    IOptions<DirectoryWatchOptions> limits,
    IOptions<FilesOptions> files,
    TimeProvider time,
    ILogger<DirectoryWatchGrain> logger)
    : Grain, IDirectoryWatchGrain
{
    private const string Caller = "watched folders";

    private readonly DirectoryWatchOptions _limits = limits.Value;
    private readonly ChangeSignal _changed = new();
    private FolderSnapshot? _snapshot;
    private int _followers;
    private CancellationTokenSource? _watching;
    private Task _watch = Task.CompletedTask;
    private string _path = "";

    /// <inheritdoc />
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _path = ProjectPath.Normalise($"{project.ListingHome}/{GrainKey.Parse(this.GetPrimaryKeyString()).Rest}");
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await Stop();
        await _watch.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc />
    public async Task<FolderSnapshot> List()
    {
        var snapshot = await blockingWork.Run(Caller, ListNow);
        Tell(snapshot);
        return snapshot;
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<FolderSnapshot> Follow([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (++_followers == 1)
        {
            DelayDeactivation(TimeSpan.MaxValue);
            _watching = new CancellationTokenSource();
            _watch = Watch(_watch, _watching.Token);
        }

        try
        {
            FolderSnapshot? told = null;
            while (true)
            {
                var changed = _changed.Next;
                if (_snapshot is { } snapshot && !ReferenceEquals(snapshot, told))
                {
                    told = snapshot;
                    yield return snapshot;
                }
                else
                {
                    await changed.WaitAsync(cancellationToken);
                }
            }
        }
        finally
        {
            if (--_followers == 0)
            {
                await Stop();
                DeactivateOnIdle();
            }
        }
    }

    private async Task Stop()
    {
        if (_watching is { } watching)
        {
            _watching = null;
            await watching.CancelAsync();
            watching.Dispose();

            // Nobody looks any more, so it may be out of date when somebody comes.
            _snapshot = null;
        }
    }

    /// <summary>Looks at the folder, and again when something has changed.</summary>
    private async Task Watch(Task before, CancellationToken cancellationToken)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        FolderWatch? watch = null;
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                try
                {
                    watch = await Look(watch, cancellationToken);
                    await Task.Delay(_limits.Debounce, time, cancellationToken);
                    await WaitForChange(watch, cancellationToken);
                }
                catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
                {
                    // The edge of the loop.
                    LogWatchFailed(_path, exception);
                    await Task.Delay(_limits.PollInterval, time, cancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Nobody follows any more.
        }
        finally
        {
            watch?.Dispose();
        }
    }

    /// <summary>Lists the folder while it is watched, so that no change is missed.</summary>
    /// <returns>The watch; null if the folder isn't there, or the system can't watch it.</returns>
    private async Task<FolderWatch?> Look(FolderWatch? watch, CancellationToken cancellationToken)
    {
        var (now, snapshot) = await blockingWork.Run(
            Caller,
            () =>
            {
                if (watch is { IsEnded: true } || (watch is not null && FileStatus.Find(_path, follow: true)?.Identity != watch.Folder))
                {
                    watch.Dispose();
                    watch = null;
                }

                watch ??= FileSystemKind.TellsChanges(_path) ? watches.TryAdd(_path) : null;
                watch?.Forget();
                return (watch, ListNow());
            },
            CancellationToken.None);
        if (cancellationToken.IsCancellationRequested)
        {
            now?.Dispose();
        }

        cancellationToken.ThrowIfCancellationRequested();
        Tell(snapshot);
        return now;
    }

    /// <summary>Waits until it is worth to look again.</summary>
    private async Task WaitForChange(FolderWatch? watch, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var change = watch?.NextChange ?? Task.Delay(Timeout.InfiniteTimeSpan, enough.Token);
            if (watch is { IsChanged: true })
            {
                return;
            }

            await Task.WhenAny(change, Task.Delay(_limits.PollInterval, time, enough.Token));
            await enough.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();

            // The path may lead elsewhere though the folder has not changed: a folder above was moved.
            if (watch is null || watch.IsChanged
                || await blockingWork.Run(Caller, () => FileStatus.Find(_path, follow: true)?.Identity != watch.Folder, cancellationToken))
            {
                return;
            }
        }
    }

    private FolderSnapshot ListNow()
    {
        try
        {
            return new FolderSnapshot(DirectoryScan.Run(_path, hidden: true, _limits.MaxEntries + 1, files.Value), null);
        }
        catch (Exception exception) when (exception is PosixException or RequestException)
        {
            return new FolderSnapshot(null, exception.Message);
        }
    }

    private void Tell(FolderSnapshot snapshot)
    {
        if (!snapshot.IsSameAs(_snapshot))
        {
            _snapshot = snapshot;
            _changed.Raise();
        }
    }
}
