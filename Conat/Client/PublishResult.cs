namespace ProjectSilo.Conat;

/// <summary>What became of a message.</summary>
/// <param name="Bytes">The payload's.</param>
/// <param name="Count">How many (pattern, queue group) pairs got it; 0 is nobody. It says nothing about arrival.</param>
public readonly record struct PublishResult(long Bytes, long Count);
