using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Commands;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Files;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Interfaces.Notebooks;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Project;

namespace ProjectSilo.Grains.Notebooks;

/// <summary>Decides how many executions, runs and conversions there are at once, and keeps kernels ready. Everything interleaves.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A grain ends in OnDeactivateAsync, which disposes.")]
internal sealed class NotebooksGrain(
    CommandLauncher launcher, ProjectSettings project, IOptions<NotebooksOptions> options, TimeProvider time, ILogger<NotebooksGrain> logger) : Grain, INotebooksGrain
{
    private static readonly TimeSpan TrimInterval = TimeSpan.FromMinutes(1);

    private readonly NotebooksOptions _options = options.Value;
    private readonly CallerSlots _executions = Slots(options.Value.MaxExecutions, options.Value.MaxExecutionsPerCaller, options.Value.MaxWaiting, "executions");
    private readonly CallerSlots _runs = Slots(options.Value.MaxRuns, options.Value.MaxRunsPerCaller, options.Value.MaxWaiting, "notebooks");
    private readonly CallerSlots _conversions = Slots(options.Value.MaxConversions, options.Value.MaxConversionsPerCaller, options.Value.MaxWaiting, "conversions");
    private readonly NotebookConverter _converter = new(launcher, project, options);
    private StatelessKernels? _kernels;
    private StatelessExecutor? _executor;
    private NotebookRunner? _runner;

    /// <inheritdoc />
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var directory = GrainFactory.GetGrain<IKernelDirectoryGrain>(this.GetPrimaryKeyString());
        var files = GrainFactory.GetGrain<IFilesGrain>(this.GetPrimaryKeyString());
        _kernels = new StatelessKernels(name => StatelessKernel.Begin(launcher, directory, NewKernel(), name, _options.StatelessResourceLimits), _options, time, logger);
        _executor = new StatelessExecutor(_kernels, directory, project, options, time);
        _runner = new NotebookRunner(NewKernel, directory, files, launcher, project, options);
        this.RegisterGrainTimer(Trim, new GrainTimerCreationOptions { DueTime = TrimInterval, Period = TrimInterval, KeepAlive = true });
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => _kernels?.DisposeAsync().AsTask().WaitAsync(cancellationToken) ?? Task.CompletedTask;

    /// <inheritdoc />
    public Task<ReadOnlyMemory<byte>> Execute(StatelessExecution execution, string caller, CancellationToken cancellationToken) =>
        InTurn(_executions, () => _executor!.Execute(execution, cancellationToken), caller, cancellationToken);

    /// <inheritdoc />
    public Task<Utf8Text> Run(NotebookRun run, string caller, CancellationToken cancellationToken) =>
        InTurn(_runs, () => _runner!.Run(run, caller, cancellationToken), caller, cancellationToken);

    /// <inheritdoc />
    public async Task<Utf8Text> Strip(string path, string caller, CancellationToken cancellationToken)
    {
        var absolute = ProjectPath.Absolute(project.Home, path);
        return await launcher.BlockingWork.Run(caller, () => NotebookJson.ToText(NotebookJson.Strip(Read(absolute, path))), cancellationToken);
    }

    /// <inheritdoc />
    public Task Convert(NotebookConversion conversion, string caller, CancellationToken cancellationToken) =>
        InTurn(_conversions, () => Converted(conversion, caller, cancellationToken), caller, cancellationToken);

    private async Task<bool> Converted(NotebookConversion conversion, string caller, CancellationToken cancellationToken)
    {
        await _converter.Convert(conversion, caller, cancellationToken);
        return true;
    }

    private WireValue.Members Read(string absolute, string path) =>
        NotebookJson.Parse(new Utf8Text { Pieces = [RegularFile.Read(absolute, path, "open", _options.MaxNotebookBytes)] }, $"'{path}'");

    private static CallerSlots Slots(int most, int mostPerCaller, int maxWaiting, string what) => new(most, mostPerCaller, maxWaiting, $"too many {what} are waiting; try again later");

    private Task<T> InTurn<T>(CallerSlots slots, Func<Task<T>> action, string caller, CancellationToken cancellationToken) =>
        slots.Run(action, caller, _options.MaxWait, time, cancellationToken);

    private IKernelGrain NewKernel() =>
        GrainFactory.GetGrain<IKernelGrain>(GrainKey.Of(GrainKey.Parse(this.GetPrimaryKeyString()).ComputeServerId, $"stateless-{Guid.NewGuid()}"));

    private Task Trim(CancellationToken cancellationToken)
    {
        _kernels!.Trim();
        return Task.CompletedTask;
    }
}
