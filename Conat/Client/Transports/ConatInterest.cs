namespace ProjectSilo.Conat.Transports;

/// <summary>One subscription at the broker.</summary>
/// <param name="Subject">A subject or pattern.</param>
/// <param name="Queue">The queue group: one member of each gets a message.</param>
public sealed record ConatInterest(string Subject, string Queue);
