using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>A key that was changed here, and is not saved yet, and by somebody else (spec 07 §5.3): what a merge function decides on.</summary>
/// <param name="Key">The key.</param>
/// <param name="Local">This client's value.</param>
/// <param name="Remote">The other's value; null's value if it has deleted the key.</param>
/// <param name="Previous">The value before the other's change; C#'s null for nothing.</param>
public sealed record DkvConflict(string Key, WireValue Local, WireValue Remote, WireValue? Previous);
