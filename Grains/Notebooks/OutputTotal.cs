namespace ProjectSilo.Grains.Notebooks;

/// <summary>How much several runs have put out together.</summary>
/// <param name="length">What there was before, UTF-16 code units of JSON.</param>
/// <param name="options">What there may be at most, whatever somebody asks for: all of it is held in memory.</param>
internal sealed class OutputTotal(double length, NotebooksOptions options)
{
    private readonly double _start = length;

    /// <summary>UTF-16 code units of JSON, with what was dropped.</summary>
    public double Length { get; set; } = length;

    /// <summary>Messages that are kept.</summary>
    public int Messages { get; set; }

    public int MaxMessages => options.MaxOutputMessages;

    public double MaxLength => _start + options.MaxOutputCharacters;

    /// <summary>The limit that holds if somebody asks for <paramref name="limit"/>, 0 for none.</summary>
    public double Limit(double limit) => limit != 0 ? Math.Min(limit, MaxLength) : MaxLength;
}
