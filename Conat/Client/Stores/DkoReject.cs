using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>A row of a dko that a limit doesn't let in; it is undone here (spec 07 §6).</summary>
/// <param name="Key">The object's key.</param>
/// <param name="Field">The field; null for the object's list of fields.</param>
/// <param name="Value">What isn't stored.</param>
/// <param name="Reason">The server's text.</param>
public sealed record DkoReject(string Key, string? Field, WireValue Value, string Reason);
