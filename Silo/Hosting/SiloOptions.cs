namespace ProjectSilo.Silo.Hosting;

/// <summary>
/// Our own options of the process; the root of the configuration, so <c>PROJECTSILO_SmcVersion=1795300001</c> sets the first. Sections of the same
/// configuration, <c>PROJECTSILO_{Section}__{Option}</c>, hold those of each capability.
/// </summary>
internal sealed class SiloOptions
{
    /// <summary>The <i>smc version</i> that this build reports (spec 01 §16). Raised with each release; never below the reference's.</summary>
    public const long DefaultSmcVersion = 1_795_300_000;

    /// <summary>Reported to hubs and browsers. A hub restarts a project that reports less than the site demands.</summary>
    public long SmcVersion { get; set; } = DefaultSmcVersion;

    /// <summary>How often <c>project.pid</c> is written again (spec 01 §7).</summary>
    public TimeSpan PidRefreshInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often the status is computed and sent in Kubernetes mode (spec 01 §10).</summary>
    public TimeSpan StatusInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Bound of a stop in all (spec 01 §17): after 5 s the hub kills.</summary>
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>How often the thread pool is asked whether it still works.</summary>
    public TimeSpan WatchdogInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>After so many questions in a row without an answer the process ends.</summary>
    public int WatchdogMaxMissed { get; set; } = 6;

    /// <summary>Whether every value makes sense.</summary>
    public bool IsValid() =>
        SmcVersion > 0 && PidRefreshInterval > TimeSpan.Zero && StatusInterval > TimeSpan.Zero && StopTimeout > TimeSpan.Zero
        && WatchdogInterval > TimeSpan.Zero && WatchdogMaxMissed > 0;
}
