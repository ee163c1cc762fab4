using Orleans.Concurrency;

namespace ProjectSilo.Grains.Interfaces.Commands;

/// <summary>Runs commands and knows the asynchronous jobs of one compute server (spec 09 §1, §3). Key: <see cref="GrainKey.Of(int)"/>.</summary>
[Alias("ProjectSilo.ICommandsGrain")]
public interface ICommandsGrain : IGrainWithStringKey
{
    /// <summary>Runs a command and waits for its end. It goes on when the caller stops waiting.</summary>
    /// <param name="options">What to run.</param>
    /// <param name="caller">Who asks, e.g. <c>hub:3</c>: the unit of fairness.</param>
    /// <exception cref="CommandException">It failed, as spec 09 §1.8 decides.</exception>
    [AlwaysInterleave, ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task<ExecResult> Exec(ExecOptions options, string caller);

    /// <summary>Starts a job and returns as soon as its process is started.</summary>
    [AlwaysInterleave, ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task<JobRecord> StartJob(ExecOptions options, string caller);

    /// <summary>The job's record, with all statistics; null if it is not known (any more).</summary>
    [AlwaysInterleave, ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task<JobRecord?> GetJob(JobQuery query, CancellationToken cancellationToken);

    /// <summary>Told by a job that it has ended, so that it may be forgotten when it is old.</summary>
    [AlwaysInterleave]
    Task JobEnded(string jobId);

    /// <summary>Sends signals.</summary>
    /// <exception cref="Errors.PosixException">The last failure, e.g. <c>kill ESRCH</c>; all pids are tried.</exception>
    [AlwaysInterleave]
    Task Signal(SignalRequest request);

    /// <summary>Turns a Sage worksheet into a PDF beside it by <c>smc-sagews2pdf</c> (spec 02 §9).</summary>
    /// <returns>The path of the PDF: that of the worksheet with its extension replaced.</returns>
    /// <exception cref="CommandException">The program failed, or is not there.</exception>
    [AlwaysInterleave, ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task<string> PrintWorksheet(WorksheetPrint worksheet, string caller);
}
