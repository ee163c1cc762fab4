using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Kernels.Launch;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Project;

namespace ProjectSilo.Grains.Kernels.Pool;

/// <summary>
/// Spare processes, started before anybody wants them: python takes a second for it (spec 10 §3). Where there is none, or must not be, one is started as usual.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Ends in Stop, which disposes.")]
internal sealed partial class KernelPool(
    ProjectSettings project, KernelLauncher launcher, PoolConfiguration configuration, BlockingWork blockingWork, IOptions<KernelsOptions> options, TimeProvider time, ILogger<KernelPool> logger)
{
    private const string Caller = "kernel pool";

    private readonly KernelsOptions _limits = options.Value;
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Guards what follows.</summary>
    private readonly Lock _lock = new();

    /// <summary>Spares by the key of their kind, the oldest in front.</summary>
    private readonly Dictionary<string, List<KernelProcess>> _spares = new(StringComparer.Ordinal);

    /// <summary>What fills a kind now, by its key.</summary>
    private readonly Dictionary<string, Task> _refills = new(StringComparer.Ordinal);
    private ITimer? _timer;

    /// <summary>The kind last asked for. The file is read once: an idle daemon has nothing to do, and nobody else writes it.</summary>
    private Task<PoolKind?>? _lastKind;
    private bool _isTending;

    /// <summary>Begins as the last daemon ended: with a spare of the kind that it was last asked for.</summary>
    public void Begin() => Own(Tend());

    /// <summary>A process for a kernel: a spare, if there is one of its kind and the options allow it; else one that is started now. It belongs to the caller, who ends it.</summary>
    /// <exception cref="RequestException">It could not be started, in the words of spec 10 §5.1.</exception>
    public async Task<LaunchedKernel> Launch(KernelOptions kernel, string caller)
    {
        var spec = await launcher.Find(kernel.Kernel).ConfigureAwait(false);
        if (!kernel.UsesPool || !IsPooled(spec))
        {
            return new LaunchedKernel(await launcher.Start(spec, kernel, caller).ConfigureAwait(false), []);
        }

        var kind = PoolKind.Of(spec.Name, kernel);
        var spare = TryTake(kind);
        KernelsInstruments.PoolAsked(spare is not null);
        Refill(kind);
        if (spare is null)
        {
            return new LaunchedKernel(await launcher.Start(spec, kernel, caller).ConfigureAwait(false), []);
        }

        try
        {
            var folder = KernelLaunch.FolderOf(project, kernel.Path);
            await blockingWork.Run(caller, () => Folders.Make(folder, Folders.Usual)).WaitAsync(_limits.SpawnTimeout, time).ConfigureAwait(false);
            ImmutableArray<string> code =
                [InitCode.ChangeDirectory(spec.Language, folder), InitCode.SetVariable(spec.Language, "COCALC_JUPYTER_FILENAME", kernel.Path)];
            return new LaunchedKernel(spare, code.RemoveAll(string.IsNullOrEmpty));
        }
        catch (PosixException exception)
        {
            await spare.End().ConfigureAwait(false);
            throw KernelErrors.CannotSpawn(kernel.Kernel, exception.Message);
        }
        catch (TimeoutException)
        {
            await spare.End().ConfigureAwait(false);
            throw KernelErrors.SpawnTimeout(_limits.SpawnTimeout);
        }
        catch
        {
            await spare.End().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The daemon stops: spares are asked to end, and their files removed. No other is started.</summary>
    public async Task Stop(CancellationToken cancellationToken)
    {
        KernelProcess[] spares;
        Task[] refills;
        await _stopping.CancelAsync().ConfigureAwait(false);
        lock (_lock)
        {
            _timer?.Dispose();
            refills = [.. _refills.Values];
        }

        await Task.WhenAll(refills).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_lock)
        {
            spares = [.. _spares.Values.SelectMany(kind => kind)];
            _spares.Clear();
        }

        await Task.WhenAll(spares.Select(Terminate)).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private bool IsPooled(KernelSpec spec) =>
        _limits.PoolSize > 0 && !spec.Name.Contains("julia", StringComparison.OrdinalIgnoreCase) && InitCode.Knows(spec.Language);

    private KernelProcess? TryTake(PoolKind kind)
    {
        lock (_lock)
        {
            if (_spares.GetValueOrDefault(kind.Key) is { } spares)
            {
                while (spares is [var spare, ..])
                {
                    spares.RemoveAt(0);
                    if (!spare.Exited.IsCompleted)
                    {
                        return spare;
                    }
                }
            }

            return null;
        }
    }

    private void Refill(PoolKind kind)
    {
        lock (_lock)
        {
            if (_stopping.IsCancellationRequested || _refills.ContainsKey(kind.Key) || (!_spares.ContainsKey(kind.Key) && _spares.Count >= _limits.MaxPools && !DropEmptyKind()))
            {
                return;
            }

            // From now on there is something to look after.
            _timer ??= time.CreateTimer(_ => Own(Tend()), null, _limits.PoolInterval, _limits.PoolInterval);
            _spares.TryAdd(kind.Key, []);
            var refill = FillUp(kind);
            _refills[kind.Key] = refill;
            Own(refill);
        }
    }

    private bool DropEmptyKind()
    {
        var empty = _spares.FirstOrDefault(kind => kind.Value.Count == 0 && !_refills.ContainsKey(kind.Key)).Key;
        return empty is not null && _spares.Remove(empty);
    }

    private async Task FillUp(PoolKind kind)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        _lastKind = Task.FromResult<PoolKind?>(kind);
        try
        {
            await configuration.Write(kind, _stopping.Token).ConfigureAwait(false);
            while (Count(kind) < _limits.PoolSize)
            {
                await Task.Delay(_limits.PoolLaunchDelay, time, _stopping.Token).ConfigureAwait(false);
                var spec = await launcher.Find(kind.Options.Kernel).ConfigureAwait(false);
                Add(kind, await launcher.Start(spec, kind.Options, Caller).ConfigureAwait(false));
            }
        }
        catch (OperationCanceledException)
        {
            // The daemon stops.
        }
        catch (RequestException exception)
        {
            // Whoever wants such a kernel will be told.
            LogSpareNotStarted(logger, kind.Options.Kernel, exception);
        }
        finally
        {
            lock (_lock)
            {
                _refills.Remove(kind.Key);
            }
        }
    }

    private int Count(PoolKind kind)
    {
        lock (_lock)
        {
            return _spares.GetValueOrDefault(kind.Key)?.Count ?? 0;
        }
    }

    private void Add(PoolKind kind, KernelProcess spare)
    {
        lock (_lock)
        {
            if (_spares.GetValueOrDefault(kind.Key) is { } spares)
            {
                spares.Add(spare);
            }
            else
            {
                _spares[kind.Key] = [spare];
            }
        }

        Own(RemoveDead(kind, spare));
    }

    /// <summary>A spare that ends by itself is of no use; one that was taken is its taker's.</summary>
    private async Task RemoveDead(PoolKind kind, KernelProcess spare)
    {
        await spare.Exited.ConfigureAwait(false);
        bool isOurs;
        lock (_lock)
        {
            isOurs = _spares.GetValueOrDefault(kind.Key)?.Remove(spare) ?? false;
        }

        if (isOurs)
        {
            await spare.End().ConfigureAwait(false);
        }
    }

    /// <summary>Ends what is too old. If nothing is left, begins as the last daemon did.</summary>
    private async Task Tend()
    {
        List<KernelProcess> old = [];
        bool isEmpty;
        lock (_lock)
        {
            if (_isTending)
            {
                return;
            }

            _isTending = true;
            foreach (var spares in _spares.Values)
            {
                while (spares is [var spare, ..] && time.GetElapsedTime(spare.Started) > _limits.PoolTimeout)
                {
                    spares.RemoveAt(0);
                    old.Add(spare);
                }
            }

            isEmpty = _refills.Count == 0 && _spares.Values.All(spares => spares.Count == 0);
        }

        try
        {
            await Task.WhenAll(old.Select(spare => spare.End())).ConfigureAwait(false);
            if (isEmpty && await (_lastKind ??= configuration.Read()).ConfigureAwait(false) is { } kind)
            {
                Refill(kind);
            }
        }
        finally
        {
            lock (_lock)
            {
                _isTending = false;
            }
        }
    }

    private async Task Terminate(KernelProcess spare)
    {
        spare.Signal(LibC.SIGTERM);
        await ((Task)spare.Exited).WaitAsync(_limits.PoolEndGracePeriod, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await spare.End().ConfigureAwait(false);
    }

    /// <summary>Background work never fails unseen.</summary>
    private async void Own(Task task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            LogBackgroundFailure(logger, exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A spare kernel {Kernel} could not be started")]
    private static partial void LogSpareNotStarted(ILogger logger, string kernel, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "Looking after spare kernels failed")]
    private static partial void LogBackgroundFailure(ILogger logger, Exception exception);
}
