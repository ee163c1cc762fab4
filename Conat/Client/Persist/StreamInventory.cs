using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Persist;

/// <summary>The answer to <c>inventory</c> (spec 07 §1.7): <c>{"bytes":38,"count":3,"limits":{},"seq":4}</c>.</summary>
/// <param name="Bytes">Of all messages, as <see cref="MessageSize"/> counts them.</param>
/// <param name="Count">Messages, tombstones included.</param>
/// <param name="Limits">The fields of the configuration that are not the defaults.</param>
/// <param name="Seq">The highest number there is now; 0 if there are no messages, also after deletes.</param>
public sealed record StreamInventory(long Bytes, long Count, WireValue.Members Limits, long Seq)
{
    /// <summary>As it is answered.</summary>
    public WireValue.Members ToWire() => new WireObject { ["bytes"] = Bytes, ["count"] = Count, ["limits"] = Limits, [PersistHeaders.Seq] = Seq }.Build();

    /// <summary>Reads one.</summary>
    /// <returns>False if it is something else.</returns>
    public static bool TryRead(WireValue value, out StreamInventory? inventory)
    {
        inventory = null;
        if (value is WireValue.Members members && members["bytes"] is WireValue.Number bytes && members["count"] is WireValue.Number count
            && members["limits"] is WireValue.Members limits && members[PersistHeaders.Seq] is WireValue.Number seq)
        {
            inventory = new StreamInventory((long)bytes.Value, (long)count.Value, limits, (long)seq.Value);
        }

        return inventory is not null;
    }
}
