namespace ProjectSilo.Conat;

/// <summary>How to serve.</summary>
public sealed record ServiceOptions
{
    /// <summary>The queue group of services, whose members share the calls.</summary>
    public const string DefaultQueue = "0";

    /// <summary>The queue group; null is a fresh one: this service gets every call.</summary>
    public string? Queue { get; init; } = DefaultQueue;

    /// <summary>Most calls at once; further ones wait in the subscription.</summary>
    public int MaxConcurrentCalls { get; init; } = 1_000;

    /// <summary>Most calls that wait; further ones are dropped, and their callers run into their timeout.</summary>
    public int MaxWaitingCalls { get; init; } = 10_000;
}
