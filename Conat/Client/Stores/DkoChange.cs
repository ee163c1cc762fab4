using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>A row of a dko that was changed (spec 07 §6).</summary>
/// <param name="Key">The object's key.</param>
/// <param name="Field">The field; null if the object's list of fields was changed, or the object deleted.</param>
/// <param name="Value">The field's value: null's value for a deleted one, C#'s null for one that a limit has thrown out or if there is no field.</param>
public sealed record DkoChange(string Key, string? Field, WireValue? Value);
