using Orleans.Concurrency;

namespace ProjectSilo.Grains.Interfaces.Commands;

/// <summary>One asynchronous job (spec 09 §1.11, §2). Key: <see cref="GrainKey.Of(int, string)"/> with the job id.</summary>
[Alias("ProjectSilo.IJobGrain")]
public interface IJobGrain : IGrainWithStringKey
{
    /// <summary>Starts the job; the record has the pid if there is a process. A program that can't be run is no failure of this call.</summary>
    [ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task<JobRecord> Start(ExecOptions options, string caller);

    /// <summary>The record as it is; null if the job was never started here or is forgotten.</summary>
    [AlwaysInterleave]
    Task<JobRecord?> Get();

    /// <summary>The record once the job has ended.</summary>
    [AlwaysInterleave, ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task<JobRecord?> WaitForEnd(CancellationToken cancellationToken);

    /// <summary>
    /// Snapshot and following output in one step: nothing is missed or doubled. Output is collected for 100 ms a batch. A slow follower gets larger batches, at
    /// most what the job keeps.
    /// </summary>
    /// <param name="fromStart">Whether the snapshot is the job as it was at its start, so that all output follows as events.</param>
    /// <param name="cancellationToken">Ends the enumeration; the job runs on.</param>
    [AlwaysInterleave]
    IAsyncEnumerable<JobEvent> Follow(bool fromStart, CancellationToken cancellationToken);

    /// <summary>Drops the record of a job that has ended.</summary>
    Task Forget();
}
