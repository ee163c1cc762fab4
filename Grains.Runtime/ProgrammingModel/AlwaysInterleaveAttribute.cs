namespace Orleans.Concurrency;

/// <summary>The method runs at once, beside whatever the grain is running, and keeps nothing else from starting. Its code still takes turns with the rest.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AlwaysInterleaveAttribute : Attribute;
