using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Kernels.Discovery;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Project;

namespace ProjectSilo.Grains.Kernels.Launch;

/// <summary>Starts the processes of kernels (spec 10 §2).</summary>
internal sealed partial class KernelLauncher(
    ProjectSettings project,
    KernelSpecs specs,
    KernelProcessServices services,
    RunningKernels running,
    BlockingWork blockingWork,
    IOptions<KernelsOptions> options,
    TimeProvider time,
    ILogger<KernelLauncher> logger)
{
    /// <summary>The kernel of that name as it is now.</summary>
    /// <exception cref="RequestException">There is none, in the words of spec 10 §5.1.</exception>
    public async Task<KernelSpec> Find(string name)
    {
        var all = await specs.Get(isFresh: true).ConfigureAwait(false);
        return KernelSpecs.Find(all, name) ?? throw KernelErrors.CannotSpawn(name, KernelErrors.NoSpec(name, all));
    }

    /// <summary>Starts a process. It belongs to the caller, who ends it.</summary>
    /// <param name="spec">The kernel.</param>
    /// <param name="kernel">What it is for.</param>
    /// <param name="caller">The unit of fairness.</param>
    /// <exception cref="RequestException">It could not be started, in the words of spec 10 §5.1.</exception>
    public async Task<KernelProcess> Start(KernelSpec spec, KernelOptions kernel, string caller)
    {
        if (spec.Arguments is not [{ Length: > 0 }, ..])
        {
            throw KernelErrors.CannotSpawn(kernel.Kernel, "kernel.json has no argv");
        }

        var launch = new KernelLaunch(project, spec, kernel);
        var starting = running.Start(() => blockingWork.Run(caller, () => KernelProcess.Start(services, launch)));
        try
        {
            return await starting.WaitAsync(options.Value.SpawnTimeout, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _ = Abandon(starting);
            throw KernelErrors.SpawnTimeout(options.Value.SpawnTimeout);
        }
        catch (PosixException exception) when (exception.Call.StartsWith("spawn ", StringComparison.Ordinal))
        {
            throw KernelErrors.CannotSpawn(kernel.Kernel, KernelErrors.SpawnFailure(spec.Arguments[0], exception));
        }
        catch (Exception exception) when (exception is PosixException or IOException or UnauthorizedAccessException or ArgumentException or SocketException)
        {
            throw KernelErrors.CannotSpawn(kernel.Kernel, exception.Message);
        }
    }

    /// <summary>Whenever the start that nobody waits for does come about, its process is ended.</summary>
    private async Task Abandon(Task<KernelProcess> starting)
    {
        try
        {
            var process = await starting.ConfigureAwait(false);
            await process.End().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RequestException or PosixException or IOException or UnauthorizedAccessException or ArgumentException or SocketException)
        {
            LogAbandonedStartFailed(logger, exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The start of a kernel that took too long came to nothing")]
    private static partial void LogAbandonedStartFailed(ILogger logger, Exception exception);
}
