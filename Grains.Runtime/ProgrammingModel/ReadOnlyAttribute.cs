namespace Orleans.Concurrency;

/// <summary>The method does not change the grain: it may run beside other read-only requests, and only beside these.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReadOnlyAttribute : Attribute;
