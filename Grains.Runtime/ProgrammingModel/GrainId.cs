namespace Orleans.Runtime;

/// <summary>The identity of a grain: type and key.</summary>
/// <param name="type">The grain type, e.g. <c>files</c>.</param>
/// <param name="key">The key, e.g. <c>0</c>.</param>
public readonly struct GrainId(GrainType type, IdSpan key) : IEquatable<GrainId>
{
    /// <summary>The grain type, e.g. <c>files</c> for the class <c>FilesGrain</c>.</summary>
    public GrainType Type { get; } = type;

    /// <summary>The key, e.g. <c>0/home/user/a.txt</c>.</summary>
    public IdSpan Key { get; } = key;

    /// <summary>Whether this is the identity of nothing.</summary>
    public bool IsDefault => Type.IsDefault;

    /// <summary>The identity of the grain of that type and key.</summary>
    public static GrainId Create(string type, string key) => new(GrainType.Create(type), IdSpan.Create(key));

    /// <inheritdoc/>
    public bool Equals(GrainId other) => Key == other.Key && Type == other.Type;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is GrainId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Type, Key);

    /// <summary>The same grain.</summary>
    public static bool operator ==(GrainId left, GrainId right) => left.Equals(right);

    /// <summary>Another grain.</summary>
    public static bool operator !=(GrainId left, GrainId right) => !left.Equals(right);

    /// <summary>E.g. <c>files/0</c>.</summary>
    public override string ToString() => $"{Type}/{Key}";
}
