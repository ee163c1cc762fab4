using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Commands;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Commands;

/// <summary>Runs commands that are waited for, and keeps the list of jobs. Everything interleaves: a command waits for nobody.</summary>
internal sealed class CommandsGrain(CommandLauncher launcher, IOptions<CommandsOptions> limits, TimeProvider time) : Grain, ICommandsGrain
{
    private static readonly TimeSpan ExpiryInterval = TimeSpan.FromMinutes(1);

    private readonly CommandsOptions _limits = limits.Value;
    private readonly JobTable _jobs = new(limits.Value, time);
    private readonly AggregateCalls<ExecResult> _aggregatedResults = new(time, limits.Value.AggregateLifetime, limits.Value.MaxAggregateResults);
    private readonly AggregateCalls<JobRecord> _aggregatedJobs = new(time, limits.Value.AggregateLifetime, limits.Value.MaxAggregateResults);
    private int _commands;

    /// <inheritdoc />
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(Expire, new GrainTimerCreationOptions { DueTime = ExpiryInterval, Period = ExpiryInterval, KeepAlive = true });
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task<ExecResult> Exec(ExecOptions options, string caller) =>
        options.Aggregate is { } aggregate ? _aggregatedResults.Run(aggregate, () => Run(options, caller)) : Run(options, caller);

    /// <inheritdoc />
    public Task<JobRecord> StartJob(ExecOptions options, string caller) =>
        options.Aggregate is { } aggregate ? _aggregatedJobs.Run(aggregate, () => StartNewJob(options, caller)) : StartNewJob(options, caller);

    /// <inheritdoc />
    public async Task<JobRecord?> GetJob(JobQuery query, CancellationToken cancellationToken)
    {
        if (!_jobs.Touch(query.JobId))
        {
            return null;
        }

        var job = Job(query.JobId);
        var record = query.AwaitEnd ? await job.WaitForEnd(cancellationToken) : await job.Get();
        _jobs.Touch(query.JobId);
        return record;
    }

    /// <inheritdoc />
    public async Task JobEnded(string jobId)
    {
        _jobs.End(jobId);
        await ForgetExpiredJobs();
    }

    /// <inheritdoc />
    public Task Signal(SignalRequest request)
    {
        PosixException? failure = null;
        foreach (var pid in request.Pids)
        {
            var errno = ProcessSignal.Send(pid, request.Signal);
            failure = errno == 0 ? failure : new PosixException(errno, "kill");
        }

        return failure is null ? Task.CompletedTask : Task.FromException(failure);
    }

    /// <inheritdoc />
    public async Task<string> PrintWorksheet(WorksheetPrint worksheet, string caller)
    {
        var pdf = ProjectPath.WithExtension(worksheet.Path, "pdf");
        var extraData = worksheet.ExtraData is { } json
            ? await launcher.BlockingWork.Run(caller, () => ScriptFile.Create(launcher.TemporaryDirectory, json, owner: null, "extra.json"))
            : null;
        try
        {
            await Exec(WorksheetCommand.Of(worksheet, pdf, extraData), caller);
            return pdf;
        }
        finally
        {
            if (extraData is not null)
            {
                await launcher.BlockingWork.Run(caller, () => ScriptFile.Delete(extraData));
            }
        }
    }

    private async Task<ExecResult> Run(ExecOptions options, string caller)
    {
        if (_commands >= _limits.MaxRunningCommands)
        {
            throw new RequestException($"too many commands are running (at most {_limits.MaxRunningCommands})");
        }

        _commands++;
        CommandsInstruments.CommandStarted();
        try
        {
            return await Result(await launcher.Start(options, _limits.MaxOutputCharacters, caller), options.ErrOnExit);
        }
        finally
        {
            _commands--;
            CommandsInstruments.CommandEnded();
        }
    }

    /// <summary>Which outcome wins: spec 09 §1.8. Not on a turn of the grain, which many megabytes of text would hold up.</summary>
    private static async Task<ExecResult> Result(CommandRun run, bool errOnExit) => await run.Completion.ConfigureAwait(false) switch
    {
        { TimedOut: true } => throw new CommandException(CommandErrors.Killed(run.Command)),
        { NotStarted: { } reason } when errOnExit =>
            throw new CommandException(CommandErrors.NonzeroExit(run.Command, 1, CommandErrors.SpawnFailure(run.Command, reason))),
        { NotStarted: { } reason } => throw new CommandException(CommandErrors.NotAbleToRun(run.Command, reason)),
        { ExitCode: not 0 and var code } when errOnExit => throw new CommandException(CommandErrors.NonzeroExit(run.Command, code, run.Stderr.ToString())),
        { ExitCode: var code } => new ExecResult(run.Stdout.Marked(), run.Stderr.Marked(), code),
    };

    private async Task<JobRecord> StartNewJob(ExecOptions options, string caller)
    {
        if (_jobs.Running >= _limits.MaxRunningJobs)
        {
            throw new RequestException($"too many jobs are running (at most {_limits.MaxRunningJobs})");
        }

        var jobId = Guid.NewGuid().ToString();
        _jobs.Add(jobId);
        JobRecord record;
        try
        {
            record = await Job(jobId).Start(options, caller);
        }
        catch
        {
            _jobs.Remove(jobId);
            throw;
        }

        await ForgetExpiredJobs();
        return record;
    }

    private IJobGrain Job(string jobId) =>
        GrainFactory.GetGrain<IJobGrain>(GrainKey.Of(GrainKey.Parse(this.GetPrimaryKeyString()).ComputeServerId, jobId));

    private Task ForgetExpiredJobs() => Task.WhenAll(_jobs.TakeExpired().Select(jobId => Job(jobId).Forget()));

    private Task Expire(CancellationToken cancellationToken)
    {
        _aggregatedResults.Expire();
        _aggregatedJobs.Expire();
        return ForgetExpiredJobs();
    }
}
