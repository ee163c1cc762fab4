namespace Orleans;

/// <summary>The type crosses grain calls. Orleans makes a serializer for it; the embedded host passes references.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum)]
public sealed class GenerateSerializerAttribute : Attribute;
