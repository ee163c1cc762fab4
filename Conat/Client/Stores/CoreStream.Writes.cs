using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>Writes: each ends with the server's answer; the rows change when the server tells of it, mostly just before (spec 07 §3.3).</summary>
public sealed partial class CoreStream
{
    /// <summary>How long a tombstone stays (spec 07 §3.6): who was away for longer misses the delete.</summary>
    internal static readonly TimeSpan TombstoneLife = TimeSpan.FromMilliseconds(86_400_000);

    /// <summary>What a tombstone has for headers.</summary>
    internal static readonly WireValue.Members TombstoneHeaders = new WireObject { [PersistHeaders.Tombstone] = true }.Build();

    /// <summary>Most messages of one request.</summary>
    private const int MaxBatch = 500;

    /// <summary>A request ends with the message that makes it so large.</summary>
    private const long MaxBatchBytes = 16 * 1024 * 1024;

    /// <summary>Stores a message.</summary>
    /// <param name="value">As <see cref="StreamPublish.Value"/>.</param>
    /// <param name="options">Null for none; its value is not looked at.</param>
    /// <param name="cancellationToken">Gives up waiting; the message may be stored all the same.</param>
    /// <returns>Null if there was nothing to do: the key to be deleted isn't there.</returns>
    /// <exception cref="ConatException">As of <see cref="PersistClient.SetAsync"/>.</exception>
    /// <exception cref="ArgumentNullException">No value and no key.</exception>
    public async Task<SetResult?> PublishAsync(WireValue? value, StreamPublish? options = null, CancellationToken cancellationToken = default)
    {
        if (value is not null)
        {
            return await Persist().SetAsync((options ?? new StreamPublish(value)) with { Value = value }, cancellationToken).ConfigureAwait(false);
        }

        return options?.Key is { } key
            ? await DeleteKeyAsync(key, options.PreviousSeq, cancellationToken).ConfigureAwait(false)
            : throw new ArgumentNullException(nameof(value), "stream non-kv publish - mesg must not be 'undefined'");
    }

    /// <summary>Stores messages, in order and each for itself, 500 in a request.</summary>
    /// <param name="messages">With values. The shortest of their timeouts is that of each request.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>What became of each.</returns>
    /// <exception cref="ConatException">As of <see cref="PersistClient.SetManyAsync"/>: what came before may be stored.</exception>
    /// <exception cref="ArgumentException">A message has no value.</exception>
    public async Task<IReadOnlyList<PublishOutcome>> PublishManyAsync(IReadOnlyList<StreamPublish> messages, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        TimeSpan? timeout = null;
        var encoded = new List<StreamPublish>(messages.Count);
        foreach (var message in messages)
        {
            var value = message.Value ?? throw new ArgumentException("stream non-kv publish - mesg must not be 'undefined'", nameof(messages));
            encoded.Add(message.Raw is null ? message with { Raw = ConatPayload.Encode(value) } : message);
            timeout = message.Timeout is { } given && !(given > timeout) ? given : timeout;
        }

        var outcomes = new List<PublishOutcome>(encoded.Count);
        while (outcomes.Count < encoded.Count)
        {
            var batch = NextBatch(encoded, outcomes.Count);
            outcomes.AddRange(await Persist().SetManyAsync(batch, timeout, cancellationToken).ConfigureAwait(false));
        }

        return outcomes;
    }

    /// <summary>Stores the value of a key; C#'s null deletes it.</summary>
    /// <inheritdoc cref="PublishAsync"/>
    public Task<SetResult?> SetKeyAsync(string key, WireValue? value, StreamPublish? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        return PublishAsync(value, (options ?? new StreamPublish(value)) with { Key = key }, cancellationToken);
    }

    /// <summary>Deletes a key: a tombstone takes its place, for a day. Nothing is sent if the key isn't there.</summary>
    /// <param name="key">The key.</param>
    /// <param name="previousSeq">As <see cref="StreamPublish.PreviousSeq"/>.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Null if nothing was sent.</returns>
    /// <exception cref="ConatException">As of <see cref="PersistClient.SetAsync"/>.</exception>
    public async Task<SetResult?> DeleteKeyAsync(string key, long? previousSeq = null, CancellationToken cancellationToken = default)
    {
        if (!TryGetKey(key, out _))
        {
            return null;
        }

        var tombstone = new StreamPublish(WireValue.Null) { Key = key, Headers = TombstoneHeaders, PreviousSeq = previousSeq, TimeToLive = TombstoneLife };
        return await Persist().SetAsync(tombstone, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Deletes rows, without tombstones.</summary>
    /// <returns>The numbers of the rows; of <see cref="StreamDeletion.Seqs"/> those that were given.</returns>
    /// <exception cref="ConatException">As of <see cref="PersistClient.DeleteAsync"/>.</exception>
    public async Task<IReadOnlyList<long>> DeleteAsync(StreamDeletion deletion, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(deletion);
        return Resolve(deletion) is { } resolved ? await Persist().DeleteAsync(resolved, cancellationToken).ConfigureAwait(false) : [];
    }

    /// <summary>Loads rows before those that are held.</summary>
    /// <param name="startSeq">The first number; 0 for all.</param>
    /// <param name="isSilent">Whether <see cref="Changed"/> isn't raised for them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ConatException">As of <see cref="PersistClient.GetAllAsync"/>. Nothing is loaded then.</exception>
    public async Task LoadAsync(long startSeq, bool isSilent = false, CancellationToken cancellationToken = default)
    {
        var first = Read(rows => rows.FirstSeq);
        var loaded = new List<StreamMessage>();
        var persist = Persist();
        await foreach (var row in persist.GetAllAsync(Math.Max(0, startSeq), first > 0 ? first - 1 : null, LoadTimeout, cancellationToken).ConfigureAwait(false))
        {
            loaded.Add(row);
        }

        await InTurnAsync(
            () =>
            {
                List<StreamChange> changes = [];
                lock (_gate)
                {
                    foreach (var row in loaded)
                    {
                        if (_rows.Add(row) is { } change)
                        {
                            changes.Add(change);
                        }
                    }

                    _startSeq = Math.Min(_startSeq, Math.Max(0, startSeq));
                }

                if (!isSilent)
                {
                    Tell(changes);
                }
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sets limits, and enforces all; null only reads.</summary>
    /// <returns>The whole configuration.</returns>
    /// <exception cref="ConatException">As of <see cref="PersistClient.ConfigAsync"/>.</exception>
    public Task<StreamConfiguration> ConfigAsync(StreamConfigurationChange? config = null, CancellationToken cancellationToken = default) =>
        Persist().ConfigAsync(config, cancellationToken);

    /// <summary>What the server holds.</summary>
    /// <exception cref="ConatException">As of <see cref="PersistClient.InventoryAsync"/>.</exception>
    public Task<StreamInventory> InventoryAsync(CancellationToken cancellationToken = default) => Persist().InventoryAsync(cancellationToken);

    private static List<StreamPublish> NextBatch(List<StreamPublish> messages, int from)
    {
        var batch = new List<StreamPublish>();
        var bytes = 0L;
        for (var i = from; i < messages.Count && batch.Count < MaxBatch && bytes < MaxBatchBytes; i++)
        {
            batch.Add(messages[i]);
            bytes += messages[i].Raw!.Value.Length;
        }

        return batch;
    }

    /// <returns>The same by numbers; null for nothing.</returns>
    private StreamDeletion? Resolve(StreamDeletion deletion)
    {
        if (deletion.All)
        {
            return deletion;
        }

        if (deletion.LastIndex is { } index)
        {
            return index < 0 ? null : Read(rows => index >= rows.Count ? new StreamDeletion { All = true } : new StreamDeletion { LastSeq = rows[index].Seq });
        }

        if (deletion.Seq is not null || !deletion.Seqs.IsDefault || deletion.LastSeq is not null)
        {
            return deletion.Seq is not null ? new StreamDeletion { Seq = deletion.Seq }
                : !deletion.Seqs.IsDefault ? new StreamDeletion { Seqs = deletion.Seqs }
                : new StreamDeletion { LastSeq = deletion.LastSeq };
        }

        return deletion.Key is { } key && TryGetKey(key, out var row) ? new StreamDeletion { Seq = row.Seq } : null;
    }
}
