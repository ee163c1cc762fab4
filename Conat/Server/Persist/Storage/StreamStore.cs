using System.Collections.Immutable;
using ProjectSilo.Conat.Persist;

namespace ProjectSilo.Conat.Server.Persist.Storage;

/// <summary>The messages and the configuration of one stream. Not thread-safe: the stream's owner alone calls it. What it throws is <see cref="StorageException"/>.</summary>
internal abstract class StreamStore
{
    /// <summary>Messages, tombstones included.</summary>
    public abstract long Count { get; }

    /// <summary>Bytes of all messages, as limits count them.</summary>
    public abstract long Bytes { get; }

    /// <summary>The highest number there is now; 0 without messages.</summary>
    public abstract long LastSeq { get; }

    /// <summary>The earliest end of a message with a <c>ttl</c>, in milliseconds since 1970; the largest number if there is none.</summary>
    public abstract long NextExpiry { get; }

    /// <summary>The number of the key's message, or null.</summary>
    public abstract long? SeqOf(string key);

    /// <summary>The message with this number, or null.</summary>
    public abstract StoredMessage? Find(long seq);

    /// <summary>The key's message, or null.</summary>
    public abstract StoredMessage? Find(string key);

    /// <summary>All keys, in the order of their bytes.</summary>
    public abstract IReadOnlyList<string> Keys();

    /// <summary>Messages in order: <paramref name="end"/> is the last, and no more follow after the one that reaches a bound.</summary>
    public abstract List<StoredMessage> Read(long start, long end, int maxMessages, long maxBytes);

    /// <summary>Messages, and their bytes, since <paramref name="time"/>.</summary>
    public abstract (long Count, long Bytes) Since(long time);

    /// <summary>Bytes of the messages up to <paramref name="time"/>.</summary>
    public abstract long BytesUntil(long time);

    /// <summary>Stores a message in place of its key's.</summary>
    /// <returns>Its number, which no message of this stream ever had.</returns>
    public abstract long Insert(NewMessage message, long time);

    /// <summary>Deletes the <paramref name="count"/> messages of lowest number.</summary>
    /// <returns>Whose are gone, as of all that delete.</returns>
    public abstract ImmutableArray<long> DeleteOldest(long count);

    /// <summary>Deletes from the lowest number on until so many bytes are free.</summary>
    public abstract ImmutableArray<long> DeleteToFree(long bytes);

    /// <summary>Deletes what was stored until <paramref name="time"/>.</summary>
    public abstract ImmutableArray<long> DeleteUntil(long time);

    /// <summary>Deletes what has a <c>ttl</c> that ended before <paramref name="now"/>.</summary>
    public abstract ImmutableArray<long> DeleteExpired(long now);

    /// <summary>Deletes the messages up to this number.</summary>
    public abstract ImmutableArray<long> DeleteUpTo(long seq);

    /// <summary>Deletes one message, if it is there.</summary>
    public abstract ImmutableArray<long> Delete(long seq);

    /// <summary>What is configured.</summary>
    public abstract StreamConfiguration Configuration { get; }

    /// <summary>Stores changes of the configuration.</summary>
    public abstract void Configure(StreamConfigurationChange change);

    /// <summary>Makes it ready, if it isn't.</summary>
    public abstract void Open();

    /// <summary>All that follows is kept together, or not at all.</summary>
    /// <param name="isWrite">Whether anything of it may change something.</param>
    public abstract void Begin(bool isWrite);

    /// <summary>Keeps it.</summary>
    public abstract void Commit();

    /// <summary>Forgets it. Never throws.</summary>
    public abstract void Rollback();

    /// <summary>Gives back what is open, until it is opened again.</summary>
    public abstract void Release();
}
