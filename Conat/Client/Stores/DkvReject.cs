using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>A change that a limit of the store doesn't let in; it is undone here (spec 07 §5.2).</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The value that isn't stored.</param>
/// <param name="Reason">The server's text, e.g. <c>Error: max_msg_size of 100 bytes exceeded</c>.</param>
public sealed record DkvReject(string Key, WireValue Value, string Reason);
