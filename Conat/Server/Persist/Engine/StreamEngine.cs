using System.Collections.Immutable;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Server.Persist.Storage;

namespace ProjectSilo.Conat.Server.Persist.Engine;

/// <summary>
/// The rules of one stream (spec 07 §1.7, §1.9) over its store. Not thread-safe: called by the stream's owner alone, within a transaction of the store. Everything that can be
/// refused is refused before the first change.
/// </summary>
internal sealed partial class StreamEngine(StreamStore store, bool isEphemeral, TimeProvider time)
{
    private readonly RecentMessages _recent = new(time);
    private readonly List<StreamEvent> _events = [];

    /// <summary>Where the messages are.</summary>
    public StreamStore Store => store;

    /// <summary>What is in effect: an ephemeral stream is never larger than memory allows.</summary>
    public StreamConfiguration Configuration => isEphemeral && store.Configuration.MaxBytes is <= 0 or > MaxEphemeralBytes
        ? store.Configuration with { MaxBytes = MaxEphemeralBytes }
        : store.Configuration;

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Stores a message.</summary>
    /// <exception cref="ConatException"><c>wrong last sequence</c>; a limit (<c>reject</c>). Nothing has changed then.</exception>
    public SetResult Set(NewMessage message)
    {
        if (message.MessageId is { } id && _recent.TryGet(id, out var first))
        {
            return first;
        }

        if (message is { Key: { } key, PreviousSeq: { } previous } && store.SeqOf(key) != previous)
        {
            throw new ConatException("wrong last sequence", PersistCodes.WrongLastSequence);
        }

        Enforce(message.Size);
        var now = Now;
        var result = new SetResult(store.Insert(message, now), now);
        if (message.MessageId is not null)
        {
            _recent.Add(message.MessageId, result);
        }

        _events.Add(new StreamEvent.Stored(new StoredMessage(result.Seq, now, message.Key, message.Encoding, message.Raw, message.Headers), message.MessageId));
        return result;
    }

    /// <summary>Deletes everything.</summary>
    /// <returns>Whose are gone, as of all that delete.</returns>
    public ImmutableArray<long> DeleteAll() => DeleteUpTo(long.MaxValue);

    /// <summary>Deletes the messages up to a number.</summary>
    public ImmutableArray<long> DeleteUpTo(long seq) => Announce(store.DeleteUpTo(seq));

    /// <summary>Deletes a message.</summary>
    public ImmutableArray<long> Delete(long seq) => Announce(store.Delete(seq));

    /// <summary>Deletes some messages.</summary>
    /// <returns>The list as it is given.</returns>
    public ImmutableArray<long> Delete(ImmutableArray<long> seqs)
    {
        foreach (var seq in seqs)
        {
            _ = store.Delete(seq);
        }

        return Announce(seqs);
    }

    /// <summary>Changes the configuration, and has it take effect.</summary>
    /// <returns>What is in effect.</returns>
    public StreamConfiguration Configure(StreamConfigurationChange change)
    {
        if (change != StreamConfigurationChange.None)
        {
            store.Configure(change);
        }

        Enforce(size: 0);
        return Configuration;
    }

    /// <summary>The answer to <c>inventory</c>.</summary>
    public StreamInventory Inventory() => new(store.Bytes, store.Count, store.Configuration.ToLimits(), store.LastSeq);

    /// <summary>What has happened since the last call.</summary>
    public ImmutableArray<StreamEvent> TakeEvents()
    {
        if (_events.Count == 0)
        {
            return [];
        }

        ImmutableArray<StreamEvent> events = [.. _events];
        _events.Clear();
        return events;
    }

    /// <summary>What was done since the last call is kept.</summary>
    public void Commit() => _recent.Commit();

    /// <summary>What was done since the last commit has not happened.</summary>
    public void Rollback()
    {
        _recent.Rollback();
        _events.Clear();
    }

    /// <summary>Whether it knows names of messages, which it will forget. May be asked by anybody, any time.</summary>
    public bool HasNames => !_recent.IsEmpty;

    /// <summary>Forgets the names of messages that nobody repeats any more.</summary>
    public void ForgetOld() => _recent.ForgetOld();

    private ImmutableArray<long> Announce(ImmutableArray<long> seqs)
    {
        _events.Add(new StreamEvent.Deleted(seqs));
        return seqs;
    }
}
