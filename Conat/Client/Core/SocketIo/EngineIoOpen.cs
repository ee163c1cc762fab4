using System.Buffers;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Core.SocketIo;

/// <summary>
/// The broker's first packet (spec 05 §1.3): <c>0{"sid":"bYLdab2twQeD3zo2AAAA","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":8000000}</c>.
/// </summary>
/// <param name="SessionId">20 characters, unique, not to be guessed.</param>
/// <param name="PingInterval">The broker pings this long after the opening and after each pong.</param>
/// <param name="PingTimeout">The pong must come within.</param>
/// <param name="MaxPayload">Most bytes of a message.</param>
public sealed record EngineIoOpen(string SessionId, TimeSpan PingInterval, TimeSpan PingTimeout, long MaxPayload)
{
    /// <summary>Reads what follows the <c>0</c>.</summary>
    /// <returns>False if it is no such object, or a time in it is not between 1 ms and a day.</returns>
    public static bool TryParse(ReadOnlySpan<byte> json, out EngineIoOpen open)
    {
        open = new EngineIoOpen("", TimeSpan.Zero, TimeSpan.Zero, 0);
        if (!WireJson.TryParse(json, out var value) || value is not WireValue.Members members || members["sid"].AsText() is not { } sid
            || !TryMilliseconds(members["pingInterval"], out var interval) || !TryMilliseconds(members["pingTimeout"], out var timeout))
        {
            return false;
        }

        var maxPayload = members["maxPayload"] is WireValue.Number { Value: >= 1 and <= int.MaxValue } number ? (long)number.Value : int.MaxValue;
        open = new EngineIoOpen(sid, interval, timeout, maxPayload);
        return true;
    }

    /// <summary>Writes the whole packet, with its <c>0</c>.</summary>
    public void Write(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.Write([(byte)EngineIoPacketType.Open]);
        WireJson.Write(
            new WireObject
            {
                ["sid"] = SessionId,
                ["upgrades"] = new WireValue.Items([]),
                ["pingInterval"] = PingInterval.TotalMilliseconds,
                ["pingTimeout"] = PingTimeout.TotalMilliseconds,
                ["maxPayload"] = MaxPayload,
            }.Build(),
            output);
    }

    private static bool TryMilliseconds(WireValue value, out TimeSpan time)
    {
        const double Day = 24 * 60 * 60 * 1000;
        time = value is WireValue.Number { Value: >= 1 and <= Day } number ? TimeSpan.FromMilliseconds(number.Value) : default;
        return time != default;
    }
}
