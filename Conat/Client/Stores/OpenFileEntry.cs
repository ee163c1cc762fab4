using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>A file that somebody wants open (spec 07 §13).</summary>
/// <param name="Path">Relative to the home folder.</param>
/// <param name="Fields">All fields as they are stored: <c>{time?, doctype?, backend?, deleted?, error?}</c>.</param>
public sealed record OpenFileEntry(string Path, WireValue.Members Fields)
{
    /// <summary>When a person last wanted it open; null if nobody has said so, or not yet all of the entry is here.</summary>
    public DateTimeOffset? Time => TimeOf(Fields["time"]);

    /// <summary>How to open it: <c>{type: "string" | "db", patch_format?, opts?}</c>; null if that isn't known: it can't be opened then.</summary>
    public WireValue.Members? Doctype => Fields["doctype"] as WireValue.Members;

    /// <summary>The id of the compute server that has it open, 0 for the project; null if none has.</summary>
    public int? BackendId => Fields["backend"] is WireValue.Members backend && backend["id"] is WireValue.Number { Value: >= int.MinValue and <= int.MaxValue } id ? (int)id.Value : null;

    /// <summary>When that last said so.</summary>
    public DateTimeOffset? BackendTime => Fields["backend"] is WireValue.Members backend ? TimeOf(backend["time"]) : null;

    /// <summary>Whether the file has vanished.</summary>
    public bool IsDeleted => Fields["deleted"] is WireValue.Members deleted && deleted["deleted"].IsTruthy();

    /// <summary>Why opening or closing it failed; null if it didn't.</summary>
    public string? Error => Fields["error"] is WireValue.Members error ? error["error"].AsText() : null;

    /// <summary>When that was.</summary>
    public DateTimeOffset? ErrorTime => Fields["error"] is WireValue.Members error ? TimeOf(error["time"]) : null;

    private static DateTimeOffset? TimeOf(WireValue value) => value is WireValue.Number time ? StoreTime.Read(time.Value) : null;
}
