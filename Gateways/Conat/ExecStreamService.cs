using Orleans.Runtime;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Services;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Grains.Interfaces.Commands;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Gateways.Conat;

/// <summary>
/// <c>project.&lt;id&gt;.&lt;cs&gt;.exec-stream.-</c> (spec 09 §2, spec 06 §13): runs a command as a job, and answers with what the job does:
/// <code>
/// {"type":"job","data":{"type":"async","job_id":"4a00…","status":"running",…},"seq":0}
/// {"type":"stdout","data":"a\n","seq":1}      also stderr and stats
/// {"type":"done","data":{…},"seq":2}          or {"error":"Error: …","seq":n}
/// null                                        always last
/// </code>
/// </summary>
internal sealed class ExecStreamService(ApiTable api) : IBusService
{
    /// <inheritdoc />
    public string Name => "exec-stream";

    /// <inheritdoc />
    public ServiceOptions Options => ServiceOptions.Message with { Queue = "q" };

    /// <inheritdoc />
    public string MethodOf(ConatCall call) => "";

    /// <inheritdoc />
    public async ValueTask<WireValue> Handle(ConatCall call, BusRequest request, CancellationToken cancellationToken)
    {
        var stream = new Stream(call, cancellationToken);
        try
        {
            var options = call[0] as WireValue.Members ?? new WireValue.Members([]);
            if (options["project_id"].AsText() != api.Identity.ProjectId)
            {
                throw new RequestException("project_id is invalid");
            }

            await Follow(options, stream, request.Caller, cancellationToken).ConfigureAwait(false);
        }
        catch (ConatException exception)
        {
            // The broker did not take a message. What came after it would be a gap to the client, which asks for the job's record when the stream ends too early.
            request.Fail(exception);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // The edge of a request. The job, if there is one, runs on.
            await stream.Send(new WireObject { ["error"] = request.Fail(exception) }).ConfigureAwait(false);
        }

        await stream.End().ConfigureAwait(false);
        return WireValue.Null;
    }

    private async Task Follow(WireValue.Members options, Stream stream, string caller, CancellationToken cancellationToken)
    {
        var (jobId, fromStart) = await JobOf(options, caller, cancellationToken).ConfigureAwait(false);
        await foreach (var next in api.Grain<IJobGrain>(jobId).Follow(fromStart, cancellationToken).WithBatchSize(1).ConfigureAwait(false))
        {
            await stream.Send(Message(next, options)).ConfigureAwait(false);
        }
    }

    /// <summary>The job to follow; one that others may have started is joined with what it has done so far.</summary>
    private async Task<(string JobId, bool FromStart)> JobOf(WireValue.Members options, string caller, CancellationToken cancellationToken)
    {
        var commands = api.Grain<ICommandsGrain>();
        if (options["async_get"].IsTruthy() && options["async_get"].ScalarToText() is { } known)
        {
            var found = await commands.GetJob(new JobQuery(known, AwaitEnd: false), cancellationToken).ConfigureAwait(false);
            return (found?.JobId ?? throw new RequestException($"Async operation '{known}' does not exist."), false);
        }

        var exec = ExecBinding.Options(options);
        var started = await commands.StartJob(exec, caller).ConfigureAwait(false);
        return (started.JobId, exec.Aggregate is null);
    }

    private static WireObject Message(JobEvent next, WireValue.Members options) => next switch
    {
        { Job: { } job } => Message("job", ExecBinding.Snapshot(job, options)),
        { Stdout: { } stdout } => Message("stdout", new WireValue.LongText(stdout.Pieces)),
        { Stderr: { } stderr } => Message("stderr", new WireValue.LongText(stderr.Pieces)),
        { Statistics: { } sample } => Message("stats", ExecBinding.Statistics(sample)),
        _ => Message("done", ExecBinding.Result(next.Done!, options, withStatistics: true)),
    };

    private static WireObject Message(string type, WireValue data) => new() { ["type"] = type, ["data"] = data };

    /// <summary>
    /// The messages of one request, numbered without a gap. Each is waited for until the broker has it: a sender that doesn't wait would lose messages when there is no
    /// room or no connection. That nobody gets it matters to nobody.
    /// </summary>
    private sealed class Stream(ConatCall call, CancellationToken cancellationToken)
    {
        private long _sequence;

        public Task<PublishResult> Send(WireObject message) => Publish(message.With("seq", _sequence++).Build());

        public Task<PublishResult> End() => Publish(WireValue.Null);

        private Task<PublishResult> Publish(WireValue data) => call.PublishReplyAsync(data, null, cancellationToken);
    }
}
