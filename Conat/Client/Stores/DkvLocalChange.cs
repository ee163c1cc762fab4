using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>What this client did to a key of a dkv, until the stream shows it. Whether it was changed meanwhile is told by its identity.</summary>
/// <param name="key">The key.</param>
/// <param name="value">The new value; null deletes.</param>
/// <param name="raw">The value in MessagePack; empty of a delete.</param>
/// <param name="headers">The writer's; null for none.</param>
/// <param name="order">Keys are saved in the order in which they were first changed.</param>
internal sealed class DkvLocalChange(string key, WireValue? value, ReadOnlyMemory<byte> raw, WireValue.Members? headers, long order)
{
    public string Key { get; } = key;

    public WireValue? Value { get; } = value;

    public ReadOnlyMemory<byte> Raw { get; } = raw;

    public WireValue.Members? Headers { get; } = headers;

    public long Order { get; } = order;

    public bool IsDelete => Value is null;

    /// <summary>The number under which the server has stored it; 0 until it has answered.</summary>
    public long StoredSeq { get; set; }

    /// <summary>Which resynchronisation of the stream was the last one when the server answered: a later one has seen its effect.</summary>
    public long StoredGeneration { get; set; }

    /// <summary>The number of the key's row that the server has called out of date; 0 if none.</summary>
    public long StaleSeq { get; set; }

    /// <summary>Bytes that it takes of the store's bound.</summary>
    public long Size => Raw.Length + Key.Length;
}
