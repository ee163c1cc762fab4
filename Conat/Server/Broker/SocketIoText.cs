using System.Buffers;
using System.Buffers.Text;
using ProjectSilo.Conat.Core.SocketIo;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>The texts that the broker itself sends.</summary>
internal static class SocketIoText
{
    public static readonly ReadOnlyMemory<byte> Ping = "2"u8.ToArray();
    public static readonly ReadOnlyMemory<byte> Disconnect = "41"u8.ToArray();

    public static void WriteNumber(long number, IBufferWriter<byte> output)
    {
        const int MaxDigits = 20;
        Utf8Formatter.TryFormat(number, output.GetSpan(MaxDigits), out var written);
        output.Advance(written);
    }

    /// <summary><c>433[{"count":1}]</c>.</summary>
    public static SharedBuffer Count(long ackId, int count, SharedBufferPool pool)
    {
        var text = pool.Rent(64);
        text.Write("43"u8);
        WriteNumber(ackId, text);
        text.Write("[{\"count\":"u8);
        WriteNumber(count, text);
        text.Write("}]"u8);
        return text;
    }

    /// <summary>Any packet without bytes.</summary>
    public static SharedBuffer Packet(SocketIoPacket packet, SharedBufferPool pool)
    {
        var text = pool.Rent(256);
        SocketIoCodec.Encode(packet, text, []);
        return text;
    }

    /// <summary><c>{"error":"Error: …","code":403}</c>.</summary>
    public static WireValue Error(string message, int? code = null) =>
        new WireObject { ["error"] = message, ["code"] = code is { } number ? new WireValue.Number(number) : null }.Build();
}
