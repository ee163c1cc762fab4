using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Persist;

namespace ProjectSilo.Conat.Stores;

/// <summary>What became of one of several messages: one of the two is there.</summary>
/// <param name="Stored">Where it is.</param>
/// <param name="Error">Why it isn't stored: code <c>reject</c> for a limit, <c>wrong-last-sequence</c> for a key that has changed.</param>
public readonly record struct PublishOutcome(SetResult? Stored, ConatException? Error);
