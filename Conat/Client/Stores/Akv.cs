using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>
/// The keys and values of a dkv without a copy here (spec 07 §7): each call asks the server. For large stores of which little is needed. Opened by
/// <see cref="ConatClient.OpenAkvAsync"/>. Thread-safe.
/// </summary>
public sealed class Akv : IAsyncDisposable
{
    internal Akv(PersistClient persist) => Persist = persist;

    internal PersistClient Persist { get; }

    /// <summary>The value of a key; C#'s null if there is none.</summary>
    /// <exception cref="ConatException">As of <see cref="PersistClient.SetAsync"/>.</exception>
    public async Task<WireValue?> GetAsync(string key, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        (await GetMessageAsync(key, timeout, cancellationToken).ConfigureAwait(false))?.Value;

    /// <summary>The row of a key, with number, time and headers (<c>seq</c>, <c>time</c> and <c>key</c> among them); null if there is none.</summary>
    /// <exception cref="ConatException">As of <see cref="PersistClient.SetAsync"/>.</exception>
    public async Task<StreamMessage?> GetMessageAsync(string key, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        await Persist.GetAsync(key, timeout, cancellationToken).ConfigureAwait(false) is { IsTombstone: false } row ? row : null;

    /// <summary>The headers of a key; null if there is no such key.</summary>
    /// <exception cref="ConatException">As of <see cref="PersistClient.SetAsync"/>.</exception>
    public async Task<WireValue.Members?> HeadersAsync(string key, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        (await GetMessageAsync(key, timeout, cancellationToken).ConfigureAwait(false))?.Headers;

    /// <summary>When the server stored the value of a key; null if there is no such key.</summary>
    /// <exception cref="ConatException">As of <see cref="PersistClient.SetAsync"/>.</exception>
    public async Task<DateTimeOffset?> TimeAsync(string key, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        (await GetMessageAsync(key, timeout, cancellationToken).ConfigureAwait(false))?.Time;

    /// <summary>The number of a key's row; null if there is no such key.</summary>
    /// <exception cref="ConatException">As of <see cref="PersistClient.SetAsync"/>.</exception>
    public async Task<long?> SeqAsync(string key, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        (await GetMessageAsync(key, timeout, cancellationToken).ConfigureAwait(false))?.Seq;

    /// <summary>Sets a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="options">Null for none; its value and key are not looked at.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ConatException">As of <see cref="PersistClient.SetAsync"/>.</exception>
    public Task<SetResult> SetAsync(string key, WireValue value, StreamPublish? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        return Persist.SetAsync((options ?? new StreamPublish(value)) with { Value = value, Key = key }, cancellationToken);
    }

    /// <summary>Deletes a key, known or not: a tombstone takes its place, for a day where rows may expire.</summary>
    /// <exception cref="ConatException">As of <see cref="PersistClient.SetAsync"/>.</exception>
    public Task<SetResult> DeleteAsync(string key, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        var tombstone = new StreamPublish(WireValue.Null)
        {
            Key = key,
            Headers = CoreStream.TombstoneHeaders,
            TimeToLive = CoreStream.TombstoneLife,
            Timeout = timeout,
        };
        return Persist.SetAsync(tombstone, cancellationToken);
    }

    /// <summary>All keys, those with a tombstone too.</summary>
    /// <exception cref="ConatException">As of <see cref="PersistClient.SetAsync"/>.</exception>
    public Task<IReadOnlyList<string>> KeysAsync(CancellationToken cancellationToken = default) => Persist.KeysAsync(cancellationToken);

    /// <inheritdoc cref="PersistClient.ConfigAsync"/>
    public Task<StreamConfiguration> ConfigAsync(StreamConfigurationChange? config = null, CancellationToken cancellationToken = default) =>
        Persist.ConfigAsync(config, cancellationToken);

    /// <summary>Closes it.</summary>
    public ValueTask DisposeAsync() => Persist.DisposeAsync();
}
