using System.Collections.Immutable;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Persist;

namespace ProjectSilo.Conat.Server.Persist.Engine;

/// <summary>Limits (spec 07 §1.9).</summary>
internal sealed partial class StreamEngine
{
    /// <summary>Most bytes of an ephemeral stream.</summary>
    public const long MaxEphemeralBytes = 64_000_000;

    /// <summary>
    /// Most messages of an ephemeral stream that has no limit of its own: the bytes that limits count are not all that a message takes. The oldest give way, or as the policy says.
    /// </summary>
    public const long MaxEphemeralMessages = 1_000_000;

    private const long Second = 1_000;

    private bool _isEnforced;

    /// <summary>Has the limits take effect.</summary>
    /// <param name="size">Of the message that comes; 0 if none does.</param>
    /// <exception cref="ConatException">The message is refused: <c>reject</c>. Nothing has changed then.</exception>
    public void Enforce(long size)
    {
        var limits = Configuration;
        var maxMessages = isEphemeral && limits.MaxMsgs < 0 ? MaxEphemeralMessages : limits.MaxMsgs;
        var now = Now;
        if (size > 0)
        {
            ThrowIfRefused(limits, maxMessages, size, now);
        }

        if (limits.DiscardPolicy == DiscardPolicy.Old && maxMessages > -1 && store.Count + (size > 0 ? 1 : 0) is var count && count > maxMessages)
        {
            AnnounceIfAny(store.DeleteOldest(count - maxMessages));
        }

        if (limits.MaxAge > 0)
        {
            AnnounceIfAny(store.DeleteUntil(now - limits.MaxAge));
        }

        if (limits.MaxBytes > -1 && limits.DiscardPolicy == DiscardPolicy.Old)
        {
            MakeRoom(limits.MaxBytes, size);
        }

        if (limits.AllowMsgTtl && store.NextExpiry < now)
        {
            AnnounceIfAny(store.DeleteExpired(now));
        }
    }

    /// <summary>Has the limits take effect if the stream has just been opened.</summary>
    /// <returns>Whether it has.</returns>
    public bool TryEnforceAtOpening()
    {
        if (_isEnforced)
        {
            return false;
        }

        _isEnforced = true;
        Enforce(size: 0);
        return true;
    }

    private void ThrowIfRefused(StreamConfiguration limits, long maxMessages, long size, long now)
    {
        if (limits.MaxMsgsPerSecond > 0 || limits.MaxBytesPerSecond > 0)
        {
            var (messages, bytes) = store.Since(now - Second);
            ThrowIf(limits.MaxMsgsPerSecond > 0 && messages > limits.MaxMsgsPerSecond, "max_msgs_per_second exceeded");
            ThrowIf(limits.MaxBytesPerSecond > 0 && bytes > limits.MaxBytesPerSecond, "max_bytes_per_second exceeded");
        }

        if (limits.DiscardPolicy == DiscardPolicy.New)
        {
            ThrowIf(maxMessages > -1 && store.Count + 1 > maxMessages, "max_msgs limit reached");
            // What is too old makes room.
            ThrowIf(
                limits.MaxBytes > -1 && (size > limits.MaxBytes
                    || (store.Bytes + size > limits.MaxBytes && store.Bytes - (limits.MaxAge > 0 ? store.BytesUntil(now - limits.MaxAge) : 0) + size > limits.MaxBytes)),
                "max_bytes limit reached");
        }

        ThrowIf(limits.MaxMsgSize > -1 && size > limits.MaxMsgSize, $"max_msg_size of {limits.MaxMsgSize} bytes exceeded");
    }

    private void MakeRoom(long maxBytes, long size)
    {
        if (size > maxBytes)
        {
            // The message is stored nevertheless; what comes next removes it.
            AnnounceIfAny(store.DeleteUpTo(long.MaxValue));
        }
        else if (store.Bytes + size > maxBytes)
        {
            AnnounceIfAny(store.DeleteToFree(store.Bytes + size - maxBytes));
        }
    }

    private void AnnounceIfAny(ImmutableArray<long> seqs)
    {
        if (!seqs.IsEmpty)
        {
            Announce(seqs);
        }
    }

    private static void ThrowIf(bool isRefused, string why)
    {
        if (isRefused)
        {
            throw new ConatException(why, PersistCodes.Reject);
        }
    }
}
