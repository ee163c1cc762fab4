namespace Orleans.Runtime;

/// <summary>The name of a kind of grain: the class name in lower case, without a final <c>Grain</c>.</summary>
public readonly struct GrainType : IEquatable<GrainType>
{
    private readonly string? _value;

    private GrainType(string value) => _value = value;

    /// <summary>Whether this names nothing.</summary>
    public bool IsDefault => _value is null;

    /// <summary>Wraps <paramref name="value"/>.</summary>
    public static GrainType Create(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return new(value);
    }

    /// <inheritdoc/>
    public bool Equals(GrainType other) => _value == other._value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is GrainType other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _value is null ? 0 : _value.GetHashCode(StringComparison.Ordinal);

    /// <summary>Equal.</summary>
    public static bool operator ==(GrainType left, GrainType right) => left.Equals(right);

    /// <summary>Not equal.</summary>
    public static bool operator !=(GrainType left, GrainType right) => !left.Equals(right);

    /// <summary>E.g. <c>files</c>.</summary>
    public override string ToString() => _value ?? "";
}
