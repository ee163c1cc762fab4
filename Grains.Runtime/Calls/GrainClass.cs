using Orleans.Concurrency;
using Orleans.Runtime;

namespace ProjectSilo.Grains.Runtime.Calls;

/// <summary>A grain class.</summary>
internal sealed class GrainClass(Type type)
{
    public Type Type { get; } = type;

    /// <summary>The class name in lower case without a final <c>Grain</c>: <c>files</c> for <c>FilesGrain</c>.</summary>
    public GrainType GrainType { get; } = GrainType.Create(NameOf(type));

    public bool Reentrant { get; } = type.IsDefined(typeof(ReentrantAttribute), inherit: true);

    private static string NameOf(Type type)
    {
        const string suffix = "Grain";
        var name = type.Name;
        return (name.EndsWith(suffix, StringComparison.Ordinal) && name.Length > suffix.Length ? name[..^suffix.Length] : name).ToLowerInvariant();
    }
}
