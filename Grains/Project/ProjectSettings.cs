namespace ProjectSilo.Grains.Project;

/// <summary>What every grain may know of the project it serves. Made once at start by the silo (spec 01 §2) and never changed.</summary>
public sealed record ProjectSettings
{
    /// <summary>The project's UUID, e.g. <c>812abe34-a382-4bd1-9071-29b6f4334f03</c>.</summary>
    public required string ProjectId { get; init; }

    /// <summary>0 for the project itself, positive for a compute server (spec 01 §18).</summary>
    public int ComputeServerId { get; init; }

    /// <summary><c>HOME</c>: absolute, the base of all relative paths.</summary>
    public required string Home { get; init; }

    /// <summary><c>DATA</c>: absolute, the daemon's own folder; by default <c>$HOME/.smc</c>.</summary>
    public string Data
    {
        get => field ?? Path.Join(Home, ".smc");
        init;
    }

    /// <summary><c>SMC_LOCAL_HUB_HOME</c>, else HOME: the base of listings and of <c>realpath</c>.</summary>
    public string ListingHome
    {
        get => field ?? Home;
        init;
    }

    /// <summary><c>COCALC_ROOT</c>: where an installation keeps its templates, if not beside the program.</summary>
    public string? Root { get; init; }

    /// <summary>Looking for programs, also in folders of dead file systems, fails after so long.</summary>
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The cleaned environment after spec 01 §2.4 steps 1 to 7: what named servers and the init script get.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary><see cref="Environment"/> without the variables of step 8: what commands, terminals and kernels get.</summary>
    public IReadOnlyDictionary<string, string> CommandEnvironment =>
        Environment.Where(variable => variable.Key is not ("DEBUG" or "DEBUG_CONSOLE" or "NODE_ENV" or "DEBUG_FILE")).ToDictionary(StringComparer.Ordinal);

    /// <summary>Folder of temporary files: <c>TMPDIR</c>, <c>TMP</c>, <c>TEMP</c>, else <c>/tmp</c>.</summary>
    public string TemporaryDirectory =>
        new[] { "TMPDIR", "TMP", "TEMP" }.Select(name => Environment.GetValueOrDefault(name)).FirstOrDefault(value => !string.IsNullOrEmpty(value)) ?? "/tmp";
}
