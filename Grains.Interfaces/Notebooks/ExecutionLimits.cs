namespace ProjectSilo.Grains.Interfaces.Notebooks;

/// <summary>Limits of the execution of code for somebody who waits for its whole result (spec 10 §11, §12). 0 is none, but for what the options allow at most.</summary>
[GenerateSerializer, Immutable, Alias("ProjectSilo.ExecutionLimits")]
public sealed record ExecutionLimits
{
    /// <summary>No run begins when so much time has passed since <see cref="StartTime"/>.</summary>
    [Id(0)]
    public double TotalMilliseconds { get; init; }

    /// <summary>Then a run is interrupted.</summary>
    [Id(1)]
    public double MillisecondsPerCell { get; init; }

    /// <summary>Most output in all, UTF-16 code units of its JSON.</summary>
    [Id(2)]
    public double MaxOutput { get; init; }

    /// <summary>Most output of a run, UTF-16 code units of its JSON.</summary>
    [Id(3)]
    public double MaxOutputPerCell { get; init; }

    /// <summary>When the time of <see cref="TotalMilliseconds"/> began, ms since the epoch; null: it is not looked at.</summary>
    [Id(4)]
    public double? StartTime { get; init; }

    /// <summary>Output that there has been already.</summary>
    [Id(5)]
    public double TotalOutput { get; init; }
}
