using ProjectSilo.Grains.Runtime.Streaming;

namespace Orleans.Runtime;

/// <summary>Settings of one enumeration of a grain's sequence.</summary>
public static class AsyncEnumerableExtensions
{
    /// <summary>Lets the grain run at most <paramref name="maxBatchSize"/> items (default 100) ahead of the consumer. No effect on other sequences.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxBatchSize"/> is not positive.</exception>
    public static IAsyncEnumerable<T> WithBatchSize<T>(this IAsyncEnumerable<T> self, int maxBatchSize)
    {
        ArgumentNullException.ThrowIfNull(self);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBatchSize);
        return self is GrainEnumerable<T> enumerable ? enumerable.WithBatchSize(maxBatchSize) : self;
    }
}
