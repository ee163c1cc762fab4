using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using ProjectSilo.Grains.Commands;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Interfaces.Notebooks;
using ProjectSilo.Grains.Notebooks;
using ProjectSilo.Grains.Tests.Project;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Notebooks;

/// <summary>Kernels that are kept ready, with Debian's ipykernel and the test's clock (spec 10 §11).</summary>
public sealed class StatelessKernelsTests : IAsyncLifetime
{
    private static readonly StatelessExecution OneSpare = new() { Kernel = "python3", Input = "", PoolSize = 1, PoolTimeout = TimeSpan.FromMinutes(5) };

    private readonly ProjectCluster _cluster = new();
    private readonly FakeTimeProvider _time = new();
    private readonly ConcurrentQueue<StatelessKernel> _begun = [];
    private readonly NotebooksOptions _options = new();
    private StatelessKernels _kernels = null!;

    public async Task InitializeAsync()
    {
        await _cluster.Start();
        var launcher = _cluster.Service<CommandLauncher>();
        _kernels = new StatelessKernels(
            name =>
            {
                var kernel = StatelessKernel.Begin(launcher, _cluster.KernelDirectory, _cluster.Kernel(Guid.NewGuid().ToString()), name, "-n 1000");
                _begun.Enqueue(kernel);
                return kernel;
            },
            _options,
            _time,
            NullLogger.Instance);
    }

    public async Task DisposeAsync()
    {
        await _kernels.DisposeAsync().AsTask().Within();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Spare_IsTaken_AndReplaced()
    {
        var first = await Use(OneSpare);
        await BegunAsync(2);
        var second = await Use(OneSpare);
        Assert.Same(_begun.ElementAt(1), second);
        Assert.NotSame(first, second);
        await BegunAsync(3);
        await EndedAsync(first);
        await EndedAsync(second);
    }

    [Fact]
    public async Task Spare_ThatHasEndedMeanwhile_IsPassedOver()
    {
        await Use(OneSpare);
        await BegunAsync(2);
        var spare = _begun.ElementAt(1);
        await spare.Started.Within();
        await spare.Kernel.Signal("SIGKILL");
        await Bounded.UntilAsync(async () => !await spare.IsReady(), "the spare has ended");
        var taken = await Use(OneSpare);
        Assert.NotSame(spare, taken);
        await EndedAsync(spare);
    }

    [Fact]
    public async Task NoPool_NoSpare()
    {
        await EndedAsync(await Use(OneSpare with { PoolSize = 0 }));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Single(_begun);
    }

    [Fact]
    public async Task Spares_ThatNobodyAskedForInAWhile_EndButForOne()
    {
        await Use(OneSpare with { PoolSize = 2 });
        await BegunAsync(3);
        await Task.WhenAll(_begun.Skip(1).Select(kernel => kernel.Started)).Within();
        _time.Advance(TimeSpan.FromMinutes(4));
        _kernels.Trim();
        Assert.True(await _begun.ElementAt(1).IsReady() && await _begun.ElementAt(2).IsReady());
        _time.Advance(TimeSpan.FromMinutes(1));
        _kernels.Trim();
        await EndedAsync(_begun.ElementAt(2));
        Assert.True(await _begun.ElementAt(1).IsReady());
        _kernels.Trim();
        Assert.True(await _begun.ElementAt(1).IsReady());
    }

    [Fact]
    public async Task SparesOfAnotherName_MakeRoom()
    {
        _options.MaxSpareKernels = 1;
        var folder = Directory.CreateDirectory(Path.Join(_cluster.Home, ".local/share/jupyter/kernels/other")).FullName;
        File.Copy("/usr/share/jupyter/kernels/python3/kernel.json", Path.Join(folder, "kernel.json"));
        await Use(OneSpare);
        await BegunAsync(2);
        await Use(OneSpare with { Kernel = "other", PoolSize = 5 });
        await BegunAsync(4);
        await EndedAsync(_begun.ElementAt(1));
        Assert.Equal(4, _begun.Count);
    }

    [Fact]
    public async Task UnknownKernel_LeavesNothing()
    {
        var error = await Assert.ThrowsAsync<RequestException>(() => Use(OneSpare with { Kernel = "none" }));
        Assert.Contains("No spec available for kernel \"none\"", error.Message, StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromHours(1));
        await NoFolderAsync();
    }

    [Fact]
    public async Task AtTheEnd_NothingStays()
    {
        await Use(OneSpare with { PoolSize = 2 });
        await BegunAsync(3);
        await _kernels.DisposeAsync().AsTask().Within();
        Assert.Empty(Folders());
        foreach (var kernel in _begun)
        {
            Assert.NotEqual(KernelState.Running, (await kernel.Kernel.Status()).State);
        }
    }

    private Task<StatelessKernel> Use(StatelessExecution execution) => _kernels.Use(execution, Task.FromResult, CancellationToken.None).Within();

    /// <summary>The clock goes on until so many have been begun.</summary>
    private Task BegunAsync(int count) => Bounded.Until(
        () =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            return _begun.Count >= count;
        },
        $"{count} kernels are begun");

    private static Task EndedAsync(StatelessKernel kernel) =>
        Bounded.UntilAsync(async () => (await kernel.Kernel.Status()).State is KernelState.Closed or KernelState.Failed or KernelState.Off, "the kernel has ended");

    private Task NoFolderAsync() => Bounded.Until(() => Folders().Length == 0, "temporary folders are gone");

    private string[] Folders() => Directory.GetDirectories(Path.GetDirectoryName(_cluster.Home)!, "cocalc*");
}
