using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>
/// A stream without a copy here (spec 07 §7): each call asks the server, once and without collecting. Opened by <see cref="ConatClient.OpenAstreamAsync"/>. Thread-safe.
/// </summary>
public sealed class Astream : IAsyncDisposable
{
    internal Astream(PersistClient persist) => Persist = persist;

    internal PersistClient Persist { get; }

    /// <summary>The row with a number, with value, time and headers; null if there is none.</summary>
    /// <exception cref="ConatException">As of <see cref="PersistClient.SetAsync"/>.</exception>
    public Task<StreamMessage?> GetAsync(long seq, TimeSpan? timeout = null, CancellationToken cancellationToken = default) => Persist.GetAsync(seq, timeout, cancellationToken);

    /// <summary>The row of a key, also a tombstone; null if there is none.</summary>
    /// <exception cref="ConatException">As of <see cref="PersistClient.SetAsync"/>.</exception>
    public Task<StreamMessage?> GetAsync(string key, TimeSpan? timeout = null, CancellationToken cancellationToken = default) => Persist.GetAsync(key, timeout, cancellationToken);

    /// <inheritdoc cref="PersistClient.GetAllAsync"/>
    public IAsyncEnumerable<StreamMessage> GetAllAsync(long? startSeq = null, long? endSeq = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        Persist.GetAllAsync(startSeq, endSeq, timeout, cancellationToken);

    /// <summary>What happens to the stream from when this returns; each feed is independent.</summary>
    /// <exception cref="ConatException">As of <see cref="PersistClient.SetAsync"/>.</exception>
    public async Task<StreamFeed> ChangefeedAsync(CancellationToken cancellationToken = default)
    {
        var feed = Persist.OpenFeed();
        try
        {
            await Persist.StartFeedAsync(feed, cancellationToken).ConfigureAwait(false);
            // Where it begins: what was there before isn't caught up with.
            feed.Seed((await Persist.InventoryAsync(cancellationToken).ConfigureAwait(false)).Seq, null);
            return new StreamFeed(feed);
        }
        catch
        {
            feed.Dispose();
            throw;
        }
    }

    /// <summary>Stores a message.</summary>
    /// <param name="value">The message.</param>
    /// <param name="options">Null for none; its value is not looked at.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ConatException">As of <see cref="PersistClient.SetAsync"/>.</exception>
    public Task<SetResult> PublishAsync(WireValue value, StreamPublish? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Persist.SetAsync((options ?? new StreamPublish(value)) with { Value = value }, cancellationToken);
    }

    /// <summary>Stores messages in one request.</summary>
    /// <inheritdoc cref="PersistClient.SetManyAsync"/>
    public Task<IReadOnlyList<PublishOutcome>> PushAsync(IEnumerable<WireValue> values, CancellationToken cancellationToken = default) =>
        Persist.SetManyAsync([.. values.Select(value => new StreamPublish(value))], null, cancellationToken);

    /// <inheritdoc cref="PersistClient.DeleteAsync"/>
    public Task<IReadOnlyList<long>> DeleteAsync(StreamDeletion deletion, CancellationToken cancellationToken = default) => Persist.DeleteAsync(deletion, cancellationToken);

    /// <inheritdoc cref="PersistClient.ConfigAsync"/>
    public Task<StreamConfiguration> ConfigAsync(StreamConfigurationChange? config = null, CancellationToken cancellationToken = default) =>
        Persist.ConfigAsync(config, cancellationToken);

    /// <summary>Closes it.</summary>
    public ValueTask DisposeAsync() => Persist.DisposeAsync();
}
