namespace ProjectSilo.Grains.Commands;

/// <summary>Which job records are kept (spec 09 §1.11): the most recently used, for a time; running ones always.</summary>
internal sealed class JobTable(CommandsOptions options, TimeProvider time)
{
    private readonly Dictionary<string, Entry> _jobs = new(StringComparer.Ordinal);

    /// <summary>Jobs that have not ended.</summary>
    public int Running => _jobs.Values.Count(job => !job.HasEnded);

    public bool IsEmpty => _jobs.Count == 0;

    public void Add(string jobId) => _jobs[jobId] = new Entry(time.GetTimestamp());

    /// <summary>Marks the job as used now.</summary>
    /// <returns>False if it is not known.</returns>
    public bool Touch(string jobId)
    {
        if (!_jobs.TryGetValue(jobId, out var job))
        {
            return false;
        }

        job.LastUse = time.GetTimestamp();
        return true;
    }

    public void End(string jobId)
    {
        if (Touch(jobId))
        {
            _jobs[jobId].HasEnded = true;
        }
    }

    /// <summary>Takes out a job that came to nothing.</summary>
    public void Remove(string jobId) => _jobs.Remove(jobId);

    /// <summary>Takes out the records that are too old or too many; the result names them.</summary>
    public IReadOnlyList<string> TakeExpired()
    {
        var tooMany = _jobs.Count - options.MaxJobRecords;
        var expired = _jobs
            .Where(job => job.Value.HasEnded)
            .OrderBy(job => job.Value.LastUse)
            .Where((job, index) => index < tooMany || time.GetElapsedTime(job.Value.LastUse) > options.JobRecordLifetime)
            .Select(job => job.Key)
            .ToList();
        expired.ForEach(jobId => _jobs.Remove(jobId));
        return expired;
    }

    private sealed class Entry(long lastUse)
    {
        public long LastUse { get; set; } = lastUse;

        public bool HasEnded { get; set; }
    }
}
