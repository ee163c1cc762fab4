using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>A row of a synctable that was changed (spec 07 §12.1).</summary>
/// <param name="Key">The row's key.</param>
/// <param name="Value">The whole row now; C#'s null if there is none.</param>
/// <param name="Previous">What the changed row or field had before, if the store tells; C#'s null else.</param>
public sealed record SyncTableChange(string Key, WireValue.Members? Value, WireValue? Previous);
