using Microsoft.Extensions.Logging;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Notebooks;

namespace ProjectSilo.Grains.Notebooks;

/// <summary>
/// The kernels for stateless executions, some of them started before anybody asks (spec 10 §11). Each is used once. There are no more than are in use and
/// <see cref="NotebooksOptions.MaxSpareKernels"/>.
/// </summary>
/// <param name="begin">Begins to start a kernel by its name.</param>
/// <param name="options">The bounds.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">For what nobody waits for.</param>
internal sealed partial class StatelessKernels(Func<string, StatelessKernel> begin, NotebooksOptions options, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    /// <summary>The answer leaves before the start of another kernel takes the processors.</summary>
    private static readonly TimeSpan AnswerTime = TimeSpan.FromMilliseconds(20);

    /// <summary>Guards all below.</summary>
    private readonly Lock _lock = new();
    private readonly Dictionary<string, SpareKernels> _spares = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What goes on though nobody waits for it.</summary>
    private readonly HashSet<Task> _background = [];
    private readonly CancellationTokenSource _closing = new();

    /// <summary>Executes something in a kernel, which is ended afterwards.</summary>
    /// <exception cref="RequestException">The kernel could not be started.</exception>
    public async Task<T> Use<T>(StatelessExecution execution, Func<StatelessKernel, Task<T>> execute, CancellationToken cancellationToken)
    {
        var kernel = await Take(execution.Kernel, cancellationToken).ConfigureAwait(false);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (execution.PoolSize > 0)
        {
            InBackground(RefillLater(execution, ended.Task));
        }

        try
        {
            return await execute(kernel).ConfigureAwait(false);
        }
        finally
        {
            ended.SetResult();
            InBackground(Close(kernel));
        }
    }

    /// <summary>Ends the kernels that nobody has asked for in a while, but for one of each name.</summary>
    public void Trim()
    {
        var old = new List<StatelessKernel>();
        lock (_lock)
        {
            foreach (var spares in _spares.Values)
            {
                while (spares.Kernels.Count > 1 && spares.Timeout > TimeSpan.Zero && time.GetElapsedTime(spares.LastUse) >= spares.Timeout)
                {
                    old.Add(spares.Kernels[^1]);
                    spares.Kernels.RemoveAt(spares.Kernels.Count - 1);
                }
            }
        }

        CloseAll(old);
    }

    /// <summary>Ends all.</summary>
    public async ValueTask DisposeAsync()
    {
        List<StatelessKernel> kernels;
        lock (_lock)
        {
            if (_closing.IsCancellationRequested)
            {
                return;
            }

            _closing.Cancel();
            kernels = [.. _spares.Values.SelectMany(spares => spares.Kernels)];
            _spares.Clear();
        }

        CloseAll(kernels);
        Task[] background;
        lock (_lock)
        {
            background = [.. _background];
        }

        await Task.WhenAll(background).ConfigureAwait(false);
        _closing.Dispose();
    }

    private async Task<StatelessKernel> Take(string name, CancellationToken cancellationToken)
    {
        while (TakeSpare(name) is { } spare)
        {
            try
            {
                await spare.Started.WaitAsync(cancellationToken).ConfigureAwait(false);
                if (await spare.IsReady().ConfigureAwait(false))
                {
                    return spare;
                }
            }
            catch (RequestException exception)
            {
                LogSpareFailed(logger, name, exception);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                InBackground(Close(spare));
                throw;
            }

            InBackground(Close(spare));
        }

        var kernel = begin(name);
        try
        {
            await kernel.Started.WaitAsync(cancellationToken).ConfigureAwait(false);
            return kernel;
        }
        catch
        {
            InBackground(Close(kernel));
            throw;
        }
    }

    /// <summary>One that is ready, else the one that is started longest; null if there is none.</summary>
    private StatelessKernel? TakeSpare(string name)
    {
        lock (_lock)
        {
            if (!_spares.TryGetValue(name, out var spares) || spares.Kernels.Count == 0)
            {
                return null;
            }

            var index = Math.Max(0, spares.Kernels.FindIndex(static kernel => kernel.Started.IsCompletedSuccessfully));
            var kernel = spares.Kernels[index];
            spares.Kernels.RemoveAt(index);
            return kernel;
        }
    }

    private async Task RefillLater(StatelessExecution execution, Task ended)
    {
        await Task.WhenAny(ended, Task.Delay(options.RefillDelay, time, _closing.Token)).ConfigureAwait(false);
        await Task.Delay(AnswerTime, time, _closing.Token).ConfigureAwait(false);
        var evicted = new List<StatelessKernel>();
        lock (_lock)
        {
            if (_closing.IsCancellationRequested)
            {
                return;
            }

            if (!_spares.TryGetValue(execution.Kernel, out var spares))
            {
                _spares.Add(execution.Kernel, spares = new SpareKernels());
            }

            spares.LastUse = time.GetTimestamp();
            spares.Timeout = execution.PoolTimeout;
            var size = Math.Min(execution.PoolSize, options.MaxSpareKernels);
            while (spares.Kernels.Count < size && MakeRoom(spares, evicted))
            {
                var kernel = begin(execution.Kernel);
                spares.Kernels.Add(kernel);
                Observe(DropIfFailed(execution.Kernel, spares, kernel));
            }
        }

        CloseAll(evicted);
    }

    /// <summary>Makes room for one more by taking from the kernels of the name that was asked for longest ago.</summary>
    /// <returns>False if there is no other name's.</returns>
    private bool MakeRoom(SpareKernels wanting, List<StatelessKernel> evicted)
    {
        SpareKernels? oldest = null;
        var count = 0;
        foreach (var spares in _spares.Values)
        {
            count += spares.Kernels.Count;
            if (spares != wanting && spares.Kernels.Count > 0 && (oldest is null || spares.LastUse < oldest.LastUse))
            {
                oldest = spares;
            }
        }

        if (count < options.MaxSpareKernels)
        {
            return true;
        }

        if (oldest is null)
        {
            return false;
        }

        evicted.Add(oldest.Kernels[^1]);
        oldest.Kernels.RemoveAt(oldest.Kernels.Count - 1);
        return true;
    }

    private async Task DropIfFailed(string name, SpareKernels spares, StatelessKernel kernel)
    {
        await kernel.Started.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (kernel.Started.IsCompletedSuccessfully)
        {
            return;
        }

        lock (_lock)
        {
            spares.Kernels.Remove(kernel);
        }

        if (kernel.Started.Exception?.InnerException is { } exception)
        {
            LogSpareFailed(logger, name, exception);
        }

        await kernel.DisposeAsync().ConfigureAwait(false);
    }

    private void CloseAll(List<StatelessKernel> kernels)
    {
        foreach (var kernel in kernels)
        {
            InBackground(Close(kernel));
        }
    }

    private static Task Close(StatelessKernel kernel) => kernel.DisposeAsync().AsTask();

    private void InBackground(Task task)
    {
        lock (_lock)
        {
            Observe(task);
        }
    }

    /// <summary>Remembers a task until it has ended, and logs its failure. Under the lock.</summary>
    private void Observe(Task task)
    {
        var observed = Observed(task);
        if (!observed.IsCompleted)
        {
            _background.Add(observed);
            _ = Forget(observed);
        }
    }

    private async Task Forget(Task observed)
    {
        await observed.ConfigureAwait(false);
        lock (_lock)
        {
            _background.Remove(observed);
        }
    }

    private async Task Observed(Task task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            LogStopped(logger);
        }
        catch (Exception exception)
        {
            LogBackgroundFailed(logger, exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "A spare kernel {Name} could not be started, or has ended")]
    private static partial void LogSpareFailed(ILogger logger, string name, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The kernels for stateless executions are not as they should be")]
    private static partial void LogBackgroundFailed(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The kernels for stateless executions end")]
    private static partial void LogStopped(ILogger logger);

    /// <summary>Those of one name.</summary>
    private sealed class SpareKernels
    {
        /// <summary>Ready or being started, in the order of their start.</summary>
        public List<StatelessKernel> Kernels { get; } = [];

        /// <summary>A timestamp of the clock.</summary>
        public long LastUse { get; set; }

        public TimeSpan Timeout { get; set; }
    }
}
