using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>Something that happened to a stream (spec 07 §3.4).</summary>
/// <param name="Seq">The row's number.</param>
/// <param name="Message">The new row; null if the row <paramref name="Seq"/> is gone: deleted, or thrown out by a limit.</param>
/// <param name="Key">The row's key. Of a row that is gone: only if it was the key's newest, so that the key is gone too.</param>
/// <param name="Previous">What the key had before, or the row that is gone; null if that was nothing.</param>
/// <param name="MessageId">The writer's id of a new row; null if it gave none, or if the row was caught up with.</param>
public sealed record StreamChange(long Seq, StreamMessage? Message, string? Key = null, WireValue? Previous = null, string? MessageId = null);
