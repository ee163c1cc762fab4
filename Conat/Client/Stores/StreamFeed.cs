using ProjectSilo.Conat.Core;

namespace ProjectSilo.Conat.Stores;

/// <summary>
/// What happens to a stream since this was opened (spec 07 §7), until it is disposed. New rows come once and in order, also those of a time without connection; deletes of such a
/// time are not told. At most 10,000 events or 64 MiB wait to be read, then it fails with code 429. For one reader.
/// </summary>
public sealed class StreamFeed : IAsyncEnumerable<StreamFeedEvent>, IDisposable
{
    private readonly PersistFeed _feed;

    internal StreamFeed(PersistFeed feed) => _feed = feed;

    /// <summary>Reads until the end, which is that of the stream's connection.</summary>
    /// <exception cref="ConatException">Refused; not read fast enough (429).</exception>
    public async IAsyncEnumerator<StreamFeedEvent> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        while (await _feed.ReadAsync(cancellationToken).ConfigureAwait(false) is { } item)
        {
            if (item.Resumed is null)
            {
                yield return new StreamFeedEvent(item.Message, item.Deleted);
            }
        }
    }

    /// <inheritdoc />
    public void Dispose() => _feed.Dispose();
}
