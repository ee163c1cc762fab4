using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>A message that a limit of the stream doesn't let in; it is forgotten (spec 07 §4).</summary>
/// <param name="Value">The message.</param>
/// <param name="Reason">The server's text, e.g. <c>Error: max_msg_size of 100 bytes exceeded</c>.</param>
public sealed record DstreamReject(WireValue Value, string Reason);
