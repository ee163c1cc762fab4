using System.Diagnostics.CodeAnalysis;

namespace ProjectSilo.Silo.Telemetry;

/// <summary>
/// Compares the tags of measurements without regard to their order, and looks up the span that a measurement comes with without allocating.
/// </summary>
internal sealed class TagSet : IEqualityComparer<KeyValuePair<string, object?>[]>,
    IAlternateEqualityComparer<ReadOnlySpan<KeyValuePair<string, object?>>, KeyValuePair<string, object?>[]>
{
    public static TagSet Comparer { get; } = new();

    /// <summary>As labels: sorted by name, e.g. <c>code="200",method="ping"</c>.</summary>
    public static string Labels(KeyValuePair<string, object?>[] tags) =>
        string.Join(',', tags
            .OrderBy(tag => tag.Key, StringComparer.Ordinal)
            .Select(tag => PrometheusText.Label(tag.Key, tag.Value?.ToString() ?? "")));

    public bool Equals(KeyValuePair<string, object?>[]? x, KeyValuePair<string, object?>[]? y) =>
        ReferenceEquals(x, y) || (x is not null && Equals(x.AsSpan(), y!));

    public int GetHashCode([DisallowNull] KeyValuePair<string, object?>[] obj) => GetHashCode(obj.AsSpan());

    public KeyValuePair<string, object?>[] Create(ReadOnlySpan<KeyValuePair<string, object?>> alternate) => alternate.ToArray();

    public bool Equals(ReadOnlySpan<KeyValuePair<string, object?>> alternate, KeyValuePair<string, object?>[] other)
    {
        if (alternate.Length != other?.Length)
        {
            return false;
        }

        foreach (var tag in alternate)
        {
            if (!Contains(other, tag))
            {
                return false;
            }
        }

        return true;
    }

    public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> alternate)
    {
        var hash = 0;
        foreach (var tag in alternate)
        {
            hash += HashCode.Combine(tag.Key, tag.Value);
        }

        return hash;
    }

    private static bool Contains(KeyValuePair<string, object?>[] tags, KeyValuePair<string, object?> wanted)
    {
        foreach (var tag in tags)
        {
            if (tag.Key == wanted.Key && Equals(tag.Value, wanted.Value))
            {
                return true;
            }
        }

        return false;
    }
}
