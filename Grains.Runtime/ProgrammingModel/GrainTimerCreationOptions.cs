using System.Diagnostics.CodeAnalysis;

namespace Orleans.Runtime;

/// <summary>When a grain timer fires, and how its callback runs beside requests.</summary>
public readonly record struct GrainTimerCreationOptions
{
    /// <summary>All at their defaults.</summary>
    public GrainTimerCreationOptions()
    {
    }

    /// <summary>Fires after <paramref name="dueTime"/>, then each <paramref name="period"/> after a callback has ended.</summary>
    [SetsRequiredMembers]
    public GrainTimerCreationOptions(TimeSpan dueTime, TimeSpan period)
    {
        DueTime = dueTime;
        Period = period;
    }

    /// <summary>Time to the first callback; <see cref="Timeout.InfiniteTimeSpan"/> for never.</summary>
    public required TimeSpan DueTime { get; init; }

    /// <summary>Time from the end of a callback to the next; <see cref="Timeout.InfiniteTimeSpan"/> to fire once.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>Whether the callback runs beside requests. By default it takes its turn like any request.</summary>
    public bool Interleave { get; init; }

    /// <summary>Whether callbacks count as activity for idle collection. By default they don't.</summary>
    public bool KeepAlive { get; init; }
}
