namespace Orleans.Runtime;

/// <summary>A timer of a grain. It stops when disposed and when the activation ends.</summary>
public interface IGrainTimer : IDisposable
{
    /// <summary>Sets due time and period anew. <see cref="Timeout.InfiniteTimeSpan"/> as due time stops the timer, as period makes it fire once.</summary>
    void Change(TimeSpan dueTime, TimeSpan period);
}
