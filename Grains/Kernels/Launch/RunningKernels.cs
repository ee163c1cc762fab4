using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Kernels.Launch;

/// <summary>All processes of kernels that run or are being started: of notebooks, of the pool, of single executions (spec 10 §2).</summary>
internal sealed class RunningKernels(IOptions<KernelsOptions> options)
{
    /// <summary>Guards what follows.</summary>
    private readonly Lock _lock = new();
    private readonly HashSet<KernelProcess> _processes = [];
    private readonly HashSet<Task> _starting = [];
    private bool _isStopping;

    /// <summary>Starts a process, by <paramref name="start"/>, and knows it until it has ended.</summary>
    /// <exception cref="RequestException">The daemon is stopping, or there are as many as there may be.</exception>
    public Task<KernelProcess> Start(Func<Task<KernelProcess>> start)
    {
        lock (_lock)
        {
            if (_isStopping)
            {
                throw new RequestException("the project is stopping");
            }

            var most = options.Value.MaxKernels;
            if (most > 0 && _processes.Count + _starting.Count >= most)
            {
                throw new RequestException($"there are {most} kernels already -- please close some");
            }

            var process = StartAndKnow(start);
            if (!process.IsCompleted)
            {
                _starting.Add(process);
                _ = ForgetStart(process);
            }

            return process;
        }
    }

    /// <summary>Those that have not ended.</summary>
    public ImmutableArray<RunningKernel> List()
    {
        lock (_lock)
        {
            return [.. _processes.Where(process => !process.Exited.IsCompleted).Select(process => new RunningKernel(process.Pid, process.ConnectionFile, process.Spec.Name)).OrderBy(kernel => kernel.Pid)];
        }
    }

    /// <summary>Kills one with its group.</summary>
    /// <returns>False if it isn't one of ours.</returns>
    public bool TryKill(int pid)
    {
        lock (_lock)
        {
            return _processes.FirstOrDefault(process => process.Pid == pid && !process.Exited.IsCompleted)?.Signal(LibC.SIGKILL) ?? false;
        }
    }

    /// <summary>The daemon stops: kills all. No other is started.</summary>
    public async Task Stop(CancellationToken cancellationToken)
    {
        Task[] starting;
        KernelProcess[] processes;
        lock (_lock)
        {
            _isStopping = true;
            starting = [.. _starting];
        }

        await Task.WhenAll(starting).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_lock)
        {
            processes = [.. _processes];
        }

        await Task.WhenAll(processes.Select(process => process.End())).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task<KernelProcess> StartAndKnow(Func<Task<KernelProcess>> start)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var process = await start().ConfigureAwait(false);
        lock (_lock)
        {
            _processes.Add(process);
        }

        KernelsInstruments.Started();
        _ = ForgetAtEnd(process);
        return process;
    }

    private async Task ForgetStart(Task start)
    {
        await start.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_lock)
        {
            _starting.Remove(start);
        }
    }

    private async Task ForgetAtEnd(KernelProcess process)
    {
        await process.Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_lock)
        {
            _processes.Remove(process);
        }

        KernelsInstruments.Ended();
    }
}
