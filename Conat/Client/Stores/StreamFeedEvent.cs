using System.Collections.Immutable;

namespace ProjectSilo.Conat.Stores;

/// <summary>Something that happens to a stream, as its changefeed tells it (spec 07 §1.8): one of the two is there.</summary>
/// <param name="Message">A new row. If its key had one before, that is gone.</param>
/// <param name="Deleted">The numbers of rows that are gone, some of which may never have been; default if it is a new row.</param>
public readonly record struct StreamFeedEvent(StreamMessage? Message, ImmutableArray<long> Deleted);
