using ProjectSilo.Grains.Commands;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Notebooks;

/// <summary>A kernel for one stateless execution, in a temporary folder of its own (spec 10 §11).</summary>
internal sealed class StatelessKernel : IAsyncDisposable
{
    /// <summary>Leaves nothing behind, and fails nowhere.</summary>
    private const string WarmingPython = "try:\n    get_ipython().display_formatter.format(0)\nexcept Exception:\n    pass";

    private readonly CommandLauncher _launcher;
    private readonly IKernelDirectoryGrain _directory;
    private readonly CancellationTokenSource _closing = new();
    private readonly Lazy<Task> _closed;

    /// <summary>Null until there is one.</summary>
    private string? _folder;

    private StatelessKernel(CommandLauncher launcher, IKernelDirectoryGrain directory, IKernelGrain kernel, string name, string resourceLimits)
    {
        _launcher = launcher;
        _directory = directory;
        Kernel = kernel;
        _closed = new Lazy<Task>(End);
        Started = Start(name, resourceLimits);
    }

    public IKernelGrain Kernel { get; }

    /// <summary>Ends when it can execute; fails, if it can't be started, in the words of spec 10 §5.1.</summary>
    public Task Started { get; }

    /// <summary>Begins to start one.</summary>
    public static StatelessKernel Begin(CommandLauncher launcher, IKernelDirectoryGrain directory, IKernelGrain kernel, string name, string resourceLimits) =>
        new(launcher, directory, kernel, name, resourceLimits);

    /// <summary>Whether it waits for what to execute; one that has ended meanwhile doesn't.</summary>
    public async Task<bool> IsReady() => Started.IsCompletedSuccessfully && (await Kernel.Status().ConfigureAwait(false)).State == KernelState.Running;

    /// <summary>Ends it; nothing of it is left then.</summary>
    public ValueTask DisposeAsync() => new(_closed.Value);

    private async Task Start(string name, string resourceLimits)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var cancellationToken = _closing.Token;
        _folder = await _launcher.BlockingWork.Run("stateless kernels", () => PrivateFolder.Create(Path.Combine(_launcher.TemporaryDirectory, "cocalc")), cancellationToken)
            .ConfigureAwait(false);
        await Kernel.Configure(new KernelOptions { Kernel = name, Path = Path.Combine(_folder, "execute.ipynb"), ResourceLimits = resourceLimits }).ConfigureAwait(false);
        await Kernel.Start(cancellationToken).ConfigureAwait(false);

        // The first execution is the slowest, and not the user's. What executes nothing saves Python only half of it.
        var language = (await _directory.Find(name).ConfigureAwait(false))?.Language ?? "";
        var warming = language.StartsWith("python", StringComparison.OrdinalIgnoreCase) ? WarmingPython : "";
        await Kernel.Run(warming, 0, static _ => { }, cancellationToken, isSilent: true).ConfigureAwait(false);
    }

    private async Task End()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await Started.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await Kernel.Close().ConfigureAwait(false);
        }
        finally
        {
            if (_folder is not null)
            {
                await CommandRun.RemoveScript(_launcher, Path.Combine(_folder, "execute.ipynb")).ConfigureAwait(false);
            }

            _closing.Dispose();
        }
    }
}
