using ProjectSilo.Conat.Persist;

namespace ProjectSilo.Conat.Stores;

/// <summary>The stores of a project that daemons and browsers share, with their names and limits (spec 07 §14): the catalogue, as options to open them with.</summary>
/// <param name="projectId">The project's UUID.</param>
public sealed class ProjectStores(string projectId)
{
    /// <summary>Rows of <see cref="OpenFiles"/>, and of widgets, live so long.</summary>
    public static readonly TimeSpan DayAge = TimeSpan.FromMilliseconds(86_400_000);

    /// <summary>Rows of a Sage worksheet's requests and outputs live so long.</summary>
    public static readonly TimeSpan EvalAge = TimeSpan.FromMilliseconds(300_000);

    /// <summary>Dko: a path to what <see cref="OpenFileEntry"/> says; for <see cref="ConatClient.OpenFilesAsync"/>.</summary>
    public StoreOptions OpenFiles => new() { Name = "open-files", ProjectId = projectId, NoInventory = true, Config = new StreamConfigurationChange { MaxAge = (long)DayAge.TotalMilliseconds } };

    /// <summary>Dkv: a path to <c>{id: int}</c>, the compute server that is to open it; without an entry it is the project.</summary>
    public DkvOptions ComputeServerManager => new() { Name = "compute-server-manager", ProjectId = projectId };

    /// <summary>Dkv: a folder to its listing <c>{files?, exists?, error?, time, more?, deleted?}</c>; shared with the compute servers.</summary>
    public DkvOptions Listings => new() { Name = "listings", ProjectId = projectId, Config = new StreamConfigurationChange { MaxMsgs = 50 } };

    /// <summary>Dkv: a folder to <c>{updated?, interest?}</c> in milliseconds; shared with the compute servers.</summary>
    public DkvOptions ListingsTimes => new() { Name = "listings-times", ProjectId = projectId, Config = new StreamConfigurationChange { MaxMsgs = 50 } };

    /// <summary>Dkv here, akv in browsers: the SHA-1 in hex to the bytes of what a notebook shows, images for example.</summary>
    /// <param name="path">The notebook.</param>
    public DkvOptions Jupyter(string path) =>
        new() { Name = $"jupyter:{path}", ProjectId = projectId, Config = new StreamConfigurationChange { MaxBytes = 100_000_000 } };

    /// <summary>Dstream: what a terminal puts out, as texts.</summary>
    /// <param name="path">The terminal.</param>
    /// <param name="isEphemeral">As whoever makes the terminal asks for.</param>
    public StreamOptions Terminal(string path, bool isEphemeral) => new()
    {
        Name = $"terminal-{path}",
        ProjectId = projectId,
        IsEphemeral = isEphemeral,
        Config = new StreamConfigurationChange { MaxBytes = 1_000_000, MaxBytesPerSecond = 1_000_000, MaxMsgsPerSecond = 120 },
    };

    /// <summary>Synctable, a dko: the state of a document (users, settings, what is saved, …).</summary>
    /// <param name="path">The document.</param>
    /// <param name="isEphemeral">Iff the document is.</param>
    public SyncTableOptions Syncstrings(string path, bool isEphemeral = false) => Table("syncstrings", path) with { IsEphemeral = isEphemeral };

    /// <summary>Synctable, a stream: the edits of a document.</summary>
    /// <param name="path">The document.</param>
    /// <param name="startSeq">Earlier ones are not loaded; 0 loads all.</param>
    /// <param name="isEphemeral">Iff the document is.</param>
    public SyncTableOptions Patches(string path, long startSeq = 0, bool isEphemeral = false) =>
        Table(SyncTableNames.Patches, path) with { StartSeq = startSeq, IsEphemeral = isEphemeral };

    /// <summary>Synctable, a dkv: the state of a notebook's widgets.</summary>
    public SyncTableOptions Ipywidgets(string path) => Transient("ipywidgets", path, DayAge);

    /// <summary>Synctable, a dkv: requests of a Sage worksheet.</summary>
    public SyncTableOptions EvalInputs(string path) => Transient("eval_inputs", path, EvalAge);

    /// <summary>Synctable, a dkv: what they gave.</summary>
    public SyncTableOptions EvalOutputs(string path) => Transient("eval_outputs", path, EvalAge);

    private SyncTableOptions Transient(string table, string path, TimeSpan maxAge) =>
        Table(table, path) with { IsAtomic = true, IsEphemeral = true, Config = new StreamConfigurationChange { MaxAge = (long)maxAge.TotalMilliseconds } };

    private SyncTableOptions Table(string table, string path) => new()
    {
        Table = table,
        ProjectId = projectId,
        Row = new Values.WireObject { ["string_id"] = StoreNames.StringId(projectId, path), ["project_id"] = projectId, ["path"] = path }.Build(),
        Description = new Values.WireObject { ["path"] = path }.Build(),
    };
}
