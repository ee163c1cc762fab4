using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>What this client did to a key of a dkv, until the stream shows it. Whether it was changed meanwhile is told by its identity.</summary>
/// <param name="key">The key.</param>
/// <param name="value">The new value; null deletes.</param>
/// <param name="raw">The value in MessagePack; empty of a delete.</param>
/// <param name="headers">The writer's; null for none.</param>
/// <param name="order">Keys are saved in the order in which they were first changed.</param>
/// <param name="before">The last change of the key that was sent and that the stream has not shown; null if there is none.</param>
internal sealed class DkvLocalChange(
    string key, WireValue? value, ReadOnlyMemory<byte> raw, WireValue.Members? headers, long order, DkvLocalChange? before = null)
{
    public string Key { get; } = key;

    public WireValue? Value { get; } = value;

    public ReadOnlyMemory<byte> Raw { get; } = raw;

    public WireValue.Members? Headers { get; } = headers;

    public long Order { get; } = order;

    /// <summary>
    /// When the stream shows that one, nobody else has changed the key; and until then a delete must be sent although the stream doesn't show the key.
    /// </summary>
    public DkvLocalChange? Before { get; private set; } = before;

    public bool IsDelete => Value is null;

    /// <summary>Whether it was sent, or is about to be.</summary>
    public bool IsSent { get; set; }

    /// <summary>The number under which the server has stored it; 0 until it has answered.</summary>
    public long StoredSeq { get; set; }

    /// <summary>Which resynchronisation of the stream was the last one when the server answered: a later one has seen its effect.</summary>
    public long StoredGeneration { get; set; }

    /// <summary>The number of the key's row that the server has called out of date; 0 if none.</summary>
    public long StaleSeq { get; set; }

    /// <summary>It is another's <see cref="Before"/> now: only one is kept, however long saving takes.</summary>
    public void ForgetBefore() => Before = null;

    /// <summary>Bytes that it takes of the store's bound.</summary>
    public long Size => Raw.Length + Key.Length;
}
