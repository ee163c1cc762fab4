using System.Collections.Immutable;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Persist;

/// <summary>An event of a change feed (spec 07 §1.8): a message is stored, or messages are gone. That a message replaces an older one of its key is no event of its own.</summary>
public abstract record StreamEvent
{
    private StreamEvent()
    {
    }

    /// <summary>As it is sent.</summary>
    public abstract WireValue.Members ToWire();

    /// <summary>Reads one.</summary>
    /// <returns>False if it is something else.</returns>
    public static bool TryRead(WireValue value, out StreamEvent? streamEvent)
    {
        streamEvent = null;
        if (value is WireValue.Members members && members[PersistHeaders.Operation].AsText() == PersistHeaders.DeleteOperation)
        {
            if (members[PersistHeaders.Seqs] is WireValue.Items seqs)
            {
                streamEvent = new Deleted([.. seqs.Values.OfType<WireValue.Number>().Select(seq => (long)seq.Value)]);
            }
        }
        else if (StoredMessage.TryRead(value, out var message))
        {
            streamEvent = new Stored(message!, ((WireValue.Members)value)[PersistHeaders.MessageId].AsText());
        }

        return streamEvent is not null;
    }

    /// <summary>A message is stored.</summary>
    /// <param name="Message">The message.</param>
    /// <param name="MessageId">As its writer gave it; null without.</param>
    public sealed record Stored(StoredMessage Message, string? MessageId = null) : StreamEvent
    {
        /// <inheritdoc />
        public override WireValue.Members ToWire() => Message.ToWire(MessageId);
    }

    /// <summary>Messages are gone: <c>{"op":"delete","seqs":[1,2]}</c>. The list may be empty, or name what never was.</summary>
    /// <param name="Seqs">Their numbers.</param>
    public sealed record Deleted(ImmutableArray<long> Seqs) : StreamEvent
    {
        /// <inheritdoc />
        public override WireValue.Members ToWire() => new WireObject
        {
            [PersistHeaders.Operation] = PersistHeaders.DeleteOperation,
            [PersistHeaders.Seqs] = new WireValue.Items([.. Seqs.Select(seq => (WireValue)seq)]),
        }.Build();
    }
}
