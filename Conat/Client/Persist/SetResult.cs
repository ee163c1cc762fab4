using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Persist;

/// <summary>The answer to <c>set</c> (spec 07 §1.7): <c>{"time":1795327960239,"seq":1}</c>.</summary>
/// <param name="Seq">The message's number, from 1.</param>
/// <param name="Time">The server's clock, in milliseconds since 1970.</param>
public readonly record struct SetResult(long Seq, long Time)
{
    /// <summary>As it is answered.</summary>
    public WireValue.Members ToWire() => new WireObject { [PersistHeaders.Time] = Time, [PersistHeaders.Seq] = Seq }.Build();

    /// <summary>Reads one.</summary>
    /// <returns>False if it is something else.</returns>
    public static bool TryRead(WireValue value, out SetResult result)
    {
        result = default;
        if (value is not WireValue.Members members || members[PersistHeaders.Seq] is not WireValue.Number seq || members[PersistHeaders.Time] is not WireValue.Number time)
        {
            return false;
        }

        result = new SetResult((long)seq.Value, (long)time.Value);
        return true;
    }
}
