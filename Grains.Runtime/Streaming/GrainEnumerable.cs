using Orleans.Runtime;

namespace ProjectSilo.Grains.Runtime.Streaming;

/// <summary>A grain's sequence, as its caller sees it. Each enumeration is a request of its own.</summary>
internal sealed class GrainEnumerable<T>(EmbeddedSilo silo, GrainId target, EnumerableMethod<T> method, object?[] arguments, int batchSize)
    : IAsyncEnumerable<T>
{
    public GrainEnumerable<T> WithBatchSize(int size) => new(silo, target, method, arguments, size);

    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        new GrainEnumerator<T>(silo, new EnumerationCall<T>(target, method, arguments, batchSize, cancellationToken));
}
