using System.Collections.Immutable;

namespace ProjectSilo.Conat.Stores;

/// <summary>What a feed brings.</summary>
/// <param name="Message">A new row, if it is one.</param>
/// <param name="MessageId">The writer's id of the new row, if it gave one and the row came as it happened.</param>
/// <param name="Deleted">The numbers of rows that are gone; default if it is none of these.</param>
/// <param name="Resumed">Set if the feed was interrupted, and goes on now: rows that were deleted meanwhile were not told.</param>
internal readonly record struct FeedItem(StreamMessage? Message, string? MessageId = null, ImmutableArray<long> Deleted = default, FeedResumption? Resumed = null);
