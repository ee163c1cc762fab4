using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Commands;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Commands;

/// <summary>
/// One asynchronous job: owns its process while it runs and its record afterwards. The output itself is collected beside the grain's turns; followers read it by
/// position, so a snapshot and what follows it fit together exactly.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A grain ends in OnDeactivateAsync, which disposes.")]
internal sealed partial class JobGrain(
    CommandLauncher launcher, ProcessScanner scanner, IOptions<CommandsOptions> limits, TimeProvider time, ILogger<JobGrain> logger) : Grain, IJobGrain
{
    private readonly ChangeSignal _changed = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly List<JobStatistics> _statistics = [];
    private ExecOptions? _options;
    private Task<CommandRun>? _launching;
    private Task _ending = Task.CompletedTask;
    private CommandRun? _run;
    private JobRecord? _final;

    /// <summary>The final record as followers get it; set before <see cref="_final"/>.</summary>
    private JobRecord? _followed;
    private long _start;
    private long _startTimestamp;
    private int _droppedStatistics;
    private int _followers;
    private bool _isForgotten;

    /// <inheritdoc />
    public async Task<JobRecord> Start(ExecOptions options, string caller)
    {
        if (_options is not null)
        {
            throw new RequestException("the job was started already");
        }

        _options = options;
        _start = time.GetUtcNow().ToUnixTimeMilliseconds();
        _startTimestamp = time.GetTimestamp();
        try
        {
            _launching = launcher.Start(options, limits.Value.MaxJobOutputCharacters, caller, _changed.Raise);
            _run = await _launching;
        }
        catch
        {
            DeactivateOnIdle();
            throw;
        }

        CommandsInstruments.JobStarted();

        // The record stays until the commands grain forgets it.
        DelayDeactivation(Timeout.InfiniteTimeSpan);
        var started = Running(Utf8Text.Empty, Utf8Text.Empty);
        _ending = ObserveEnd(_run);
        Own(_ending);
        if (_run.Pid is { } pid)
        {
            Own(Monitor(new JobMonitor(pid, scanner, limits.Value, time)));
        }

        return started;
    }

    /// <inheritdoc />
    public Task<JobRecord?> Get()
    {
        if (_run is null)
        {
            DeactivateOnIdle();
            return Task.FromResult<JobRecord?>(null);
        }

        return Task.FromResult<JobRecord?>(_final ?? Running(_run.Stdout.From(0), _run.Stderr.From(0)));
    }

    /// <inheritdoc />
    public async Task<JobRecord?> WaitForEnd(CancellationToken cancellationToken)
    {
        while (_final is null && _run is not null)
        {
            await _changed.Next.WaitAsync(cancellationToken);
        }

        return _final ?? await Get();
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<JobEvent> Follow(bool fromStart, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (_run is not { } run)
        {
            throw new RequestException($"Async operation '{GrainKey.Parse(this.GetPrimaryKeyString()).Rest}' does not exist.");
        }

        _followers++;
        try
        {
            await foreach (var jobEvent in FollowRun(run, fromStart, cancellationToken))
            {
                yield return jobEvent;
            }
        }
        finally
        {
            _followers--;
            EndIfForgotten();
        }
    }

    private async IAsyncEnumerable<JobEvent> FollowRun(CommandRun run, bool fromStart, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var stdout = fromStart ? Utf8Text.Empty : run.Stdout.From(0);
        var stderr = fromStart ? Utf8Text.Empty : run.Stderr.From(0);
        var (stdoutPosition, stderrPosition) = ((int)stdout.ByteCount, (int)stderr.ByteCount);
        var statisticsPosition = fromStart ? 0 : _droppedStatistics + _statistics.Count;
        yield return new JobEvent { Job = Running(stdout, stderr) with { Statistics = fromStart ? [] : [.. _statistics] } };

        while (true)
        {
            var changed = _changed.Next;
            var final = _final;
            if (run.Stdout.From(stdoutPosition) is { Pieces: not [] } newStdout)
            {
                stdoutPosition += (int)newStdout.ByteCount;
                yield return new JobEvent { Stdout = newStdout };
            }

            if (run.Stderr.From(stderrPosition) is { Pieces: not [] } newStderr)
            {
                stderrPosition += (int)newStderr.ByteCount;
                yield return new JobEvent { Stderr = newStderr };
            }

            // A slow follower may have missed samples that are not kept any more.
            while ((statisticsPosition = Math.Max(statisticsPosition, _droppedStatistics)) < _droppedStatistics + _statistics.Count)
            {
                yield return new JobEvent { Statistics = _statistics[statisticsPosition++ - _droppedStatistics] };
            }

            if (final is not null)
            {
                yield return new JobEvent { Done = _followed };
                yield break;
            }

            await changed.WaitAsync(cancellationToken);
            await CollectBatch(cancellationToken);
        }
    }

    /// <inheritdoc />
    public Task Forget()
    {
        _isForgotten = true;
        EndIfForgotten();
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _ended.CancelAsync();
        if (_launching is not null)
        {
            // Also a process that is only just being started.
            var run = await _launching.WaitAsync(cancellationToken);
            await run.Stop(limits.Value.StopGracePeriod, cancellationToken);
            await _ending.WaitAsync(cancellationToken);
        }

        _ended.Dispose();
    }

    /// <summary>Who follows the job gets its end first (spec 09 §2).</summary>
    private void EndIfForgotten()
    {
        if (_isForgotten && _followers == 0)
        {
            DelayDeactivation(TimeSpan.Zero);
            DeactivateOnIdle();
        }
    }

    private JobRecord Running(Utf8Text stdout, Utf8Text stderr) => new()
    {
        JobId = GrainKey.Parse(this.GetPrimaryKeyString()).Rest,
        Start = _start,
        Status = JobStatus.Running,
        Pid = _run?.Pid,
        Stdout = stdout,
        Stderr = stderr,
        Statistics = [.. _statistics],
    };

    private async Task ObserveEnd(CommandRun run)
    {
        JobRecord final, followed;
        try
        {
            var outcome = await run.Completion;
            final = Ended(run, outcome);
            followed = Followed(final, run, outcome);
        }
        catch (Exception exception)
        {
            // Whatever went wrong here, who waits for the job must learn its end.
            LogRunFailed(logger, exception);
            final = followed = Running(Utf8Text.Empty, "Error: internal error") with { Status = JobStatus.Error, ExitCode = 1 };
        }

        CommandsInstruments.JobEnded();
        var elapsed = Math.Round(time.GetElapsedTime(_startTimestamp).TotalMilliseconds) / 1000;
        _followed = followed with { ElapsedSeconds = elapsed };
        _final = final with { ElapsedSeconds = elapsed };
        await _ended.CancelAsync();
        _changed.Raise();
        var key = GrainKey.Parse(this.GetPrimaryKeyString());
        await GrainFactory.GetGrain<ICommandsGrain>(GrainKey.Of(key.ComputeServerId)).JobEnded(key.Rest);
    }

    /// <summary>The table of spec 09 §1.11: which end gives which record.</summary>
    private JobRecord Ended(CommandRun run, CommandOutcome outcome)
    {
        var errOnExit = _options!.ErrOnExit;
        var error = outcome switch
        {
            { TimedOut: true } => CommandErrors.Killed(run.Command),
            { NotStarted: { } reason } when errOnExit => CommandErrors.SpawnFailure(run.Command, reason),
            { NotStarted: { } reason } => CommandErrors.NotAbleToRun(run.Command, reason),
            { ExitCode: not 0 } when errOnExit => run.Stderr.ToString(),
            _ => null,
        };
        return error is null
            ? Running(run.Stdout.Marked(), run.Stderr.Marked()) with { Status = JobStatus.Completed, ExitCode = outcome.ExitCode }
            : Running(Utf8Text.Empty, error) with { Status = JobStatus.Error, ExitCode = 1 };
    }

    /// <summary>Followers of a job that failed are told what it wrote, and the code it really ended with (spec 06 §13).</summary>
    private static JobRecord Followed(JobRecord final, CommandRun run, CommandOutcome outcome) =>
        final.Status == JobStatus.Error && outcome.NotStarted is null
            ? final with { Stdout = run.Stdout.Marked(), ExitCode = outcome is { TimedOut: false, ExitCode: not 0 } ? outcome.ExitCode : final.ExitCode }
            : final;

    private async Task Monitor(JobMonitor monitor)
    {
        try
        {
            while (true)
            {
                await monitor.WaitForNext(_ended.Token);
                var sample = await monitor.Sample();
                if (_final is not null)
                {
                    return;
                }

                if (sample is null)
                {
                    // Missed by this scan, or it has ended and something else holds its output.
                    continue;
                }

                _statistics.Add(sample);
                if (_statistics.Count > limits.Value.MaxStatisticsSamples)
                {
                    _statistics.RemoveAt(0);
                    _droppedStatistics++;
                }

                _changed.Raise();
            }
        }
        catch (OperationCanceledException)
        {
            // The job has ended, and its record with it.
        }
    }

    /// <summary>Lets output collect for a batch, but not beyond the job's end.</summary>
    private async Task CollectBatch(CancellationToken cancellationToken)
    {
        if (_ended.IsCancellationRequested)
        {
            return;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_ended.Token, cancellationToken);
        try
        {
            await Task.Delay(limits.Value.FollowInterval, time, stop.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The job has ended: the rest goes at once.
        }
    }

    /// <summary>Background work of this grain runs on its turns and never fails unseen.</summary>
    private async void Own(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception exception)
        {
            LogBackgroundFailure(logger, exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Running a job failed")]
    private static partial void LogRunFailed(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "Following a job failed")]
    private static partial void LogBackgroundFailure(ILogger logger, Exception exception);
}
