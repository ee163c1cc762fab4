namespace Orleans.Concurrency;

/// <summary>Every request of the grain class may start while others wait for something. Their code still takes turns.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ReentrantAttribute : Attribute;
