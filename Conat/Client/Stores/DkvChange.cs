using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>A key of a dkv that somebody changed, this client included (spec 07 §5.3).</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">
/// What <see cref="Dkv.Get"/> would give now; null's value also for a key that was deleted, and C#'s null for one that a limit has thrown out.
/// </param>
/// <param name="Previous">What the server had before; C#'s null for nothing.</param>
public sealed record DkvChange(string Key, WireValue? Value, WireValue? Previous);
