using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Commands;
using ProjectSilo.Grains.Interfaces.Status;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Project;

namespace ProjectSilo.Grains.Status;

/// <summary>Scans the project again and again, often while somebody asks, and keeps the last scan for all who do.</summary>
internal sealed partial class ProjectInfoGrain(
    ProcessScanner scanner,
    ProcessRoles roles,
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
    private readonly StatusTracker _statuses = new(limits.Value);
    private readonly UsageTracker _usages = new(limits.Value);
    private readonly ScanPace _pace = new(limits.Value, time);
    private readonly ChangeSignal _statusChanged = new();

    private IGrainTimer? _scanTimer;
    private IGrainTimer? _reniceTimer;
    private ProjectInfo? _info;
    private ProjectStatus _status = ProjectStatus.Unknown;
    private bool _isScanning;

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <inheritdoc />
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        DelayDeactivation(TimeSpan.MaxValue);
        _scanTimer = this.RegisterGrainTimer(Scan, new GrainTimerCreationOptions(TimeSpan.Zero, Timeout.InfiniteTimeSpan) { Interleave = true });
        if (_options.AutoRenice)
        {
            _reniceTimer = this.RegisterGrainTimer(Renice, new GrainTimerCreationOptions(_options.ReniceInterval, _options.ReniceInterval) { Interleave = true });
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _scanTimer?.Dispose();
        _reniceTimer?.Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task<ProjectInfo?> GetInfo()
    {
        OnAsked();
        return Task.FromResult(_info);
    }

    /// <inheritdoc />
    public Task<UsageInfo?> GetUsage(string path)
    {
        OnAsked();
        return Task.FromResult(_usages.Ask(path, Now));
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
    private void OnAsked()
    {
        if (_pace.Asked() && !_isScanning)
        {
            _scanTimer!.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    private async Task Scan(CancellationToken cancellationToken)
    {
        if (_isScanning)
        {
            return;
        }

        _isScanning = true;
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
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // The edge of the loop; what was seen before holds.
            LogScanFailed(exception);
        }
        finally
        {
            _isScanning = false;
            if (!cancellationToken.IsCancellationRequested)
            {
                _scanTimer!.Change(_pace.Next(_statuses.IsUrgent), Timeout.InfiniteTimeSpan);
            }
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
