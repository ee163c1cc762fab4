using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Commands;
using ProjectSilo.Grains.Interfaces.Status;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Project;

namespace ProjectSilo.Grains.Status;

/// <summary>Scans the project again and again, often while somebody asks, and keeps the last scan for all who do.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A grain ends in OnDeactivateAsync, which disposes.")]
internal sealed partial class ProjectInfoGrain(
    ProcessScanner scanner,
    ProcessRoles roles,
    BrokenComponents broken,
    BlockingWork blockingWork,
    ProjectSettings project,
    IOptions<ProjectInfoOptions> limits,
    TimeProvider time,
    ILogger<ProjectInfoGrain> logger)
    : Grain, IProjectInfoGrain
{
    private readonly ProjectInfoOptions _options = limits.Value;
    private readonly MachineReader _machine = new(blockingWork, project.Home, limits.Value.MachineTimeout, time);
    private readonly ProjectInfoBuilder _builder = new(roles, time);
    private readonly StatusTracker _statuses = new(limits.Value, broken);
    private readonly UsageTracker _usages = new(limits.Value);
    private readonly ScanPace _pace = new(limits.Value, time);
    private readonly ChangeSignal _statusChanged = new();

    private readonly CancellationTokenSource _stop = new();

    private IGrainTimer? _scanTimer;
    private IGrainTimer? _reniceTimer;

    /// <summary>The scan that runs, or the last.</summary>
    private Task _scan = Task.CompletedTask;
    private ProjectInfo? _info;
    private ProjectStatus _status = ProjectStatus.Unknown;

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <inheritdoc />
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        DelayDeactivation(TimeSpan.MaxValue);
        _scanTimer = this.RegisterGrainTimer(_ => BeginScan(), new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan) { Interleave = true });
        if (_options.AutoRenice)
        {
            _reniceTimer = this.RegisterGrainTimer(Renice, new GrainTimerCreationOptions(_options.ReniceInterval, _options.ReniceInterval) { Interleave = true });
        }

        _ = BeginScan();
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        _scanTimer?.Dispose();
        _reniceTimer?.Dispose();
        await _scan.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    /// <inheritdoc />
    public async Task<ProjectInfo?> GetInfo()
    {
        if (OnAsked() || _info is null)
        {
            try
            {
                await _scan.WaitAsync(_options.AnswerTimeout, time);
            }
            catch (TimeoutException)
            {
                // What was seen before is better than no answer.
            }
        }

        return _info;
    }

    /// <inheritdoc />
    public Task<UsageInfo?> GetUsage(string path)
    {
        // Watched from this scan on.
        var usage = _usages.Ask(path, Now);
        OnAsked();
        return Task.FromResult(usage);
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<ProjectStatus> FollowStatus([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ProjectStatus? told = null;
        while (true)
        {
            var changed = _statusChanged.Next;
            if (!ReferenceEquals(told, _status))
            {
                told = _status;
                yield return told;
            }
            else
            {
                await changed.WaitAsync(cancellationToken);
            }
        }
    }

    /// <summary>Somebody is interested: the next scan doesn't wait for the end of a long pause.</summary>
    /// <returns>Whether it has begun for that reason.</returns>
    private bool OnAsked()
    {
        var wasIdle = _pace.Asked();
        if (wasIdle)
        {
            _ = BeginScan();
        }

        return wasIdle;
    }

    /// <summary>Begins a scan, unless one runs. It doesn't fail.</summary>
    private Task BeginScan() => _scan.IsCompleted ? _scan = Scan(_stop.Token) : _scan;

    private async Task Scan(CancellationToken cancellationToken)
    {
        try
        {
            var table = await scanner.Scan(withDetails: true, cancellationToken);
            _info = _builder.Build(table, await _machine.Read(cancellationToken));
            _usages.Update(_info);
            if (_statuses.Update(_info) is { } status)
            {
                _status = status;
                _statusChanged.Raise();
            }
        }
        catch (Exception exception)
        {
            // The edge of the loop; what was seen before holds.
            if (cancellationToken.IsCancellationRequested)
            {
                return;
            }

            LogScanFailed(exception);
        }

        if (!cancellationToken.IsCancellationRequested)
        {
            _scanTimer!.Change(_pace.Next(_statuses.IsUrgent), Timeout.InfiniteTimeSpan);
        }
    }

    private async Task Renice(CancellationToken cancellationToken)
    {
        if (_info is not { } info || Now - info.Timestamp > _options.ReniceMaxAge.TotalMilliseconds)
        {
            return;
        }

        try
        {
            foreach (var (pid, errno) in await blockingWork.Run("renicing", () => Renicing.Apply(info, _options.IsFreeProject), cancellationToken))
            {
                LogNotReniced(pid, errno);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // The edge of the loop.
            LogReniceFailed(exception);
        }
    }
}
