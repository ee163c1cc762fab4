namespace ProjectSilo.Grains.Interfaces.Commands;

/// <summary>
/// The value of <c>aggregate</c>: a number, a string, or <c>{value: …}</c>. Exactly one member is set.
/// </summary>
[GenerateSerializer, Immutable, Alias("ProjectSilo.AggregateValue")]
public sealed record AggregateValue
{
    [Id(0)]
    public double? Number { get; init; }

    [Id(1)]
    public string? Text { get; init; }

    /// <summary>Canonical JSON of the member <c>value</c> of the object form, e.g. <c>"a"</c> with its quotes.</summary>
    [Id(2)]
    public string? ObjectValue { get; init; }

    /// <summary>Whether a result with value <paramref name="other"/> is good enough for a call with this value: numbers by value, strings by code units,
    /// the object form only if equal.</summary>
    public bool IsAtMost(AggregateValue other) => this switch
    {
        { ObjectValue: { } mine } => mine == other.ObjectValue,
        { Number: { } mine } => other.Number is { } number && mine <= number,
        { Text: { } mine } => other.Text is { } text && string.CompareOrdinal(mine, text) <= 0,
        _ => false,
    };
}
