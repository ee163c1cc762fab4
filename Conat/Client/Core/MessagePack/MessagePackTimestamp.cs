using System.Buffers.Binary;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Core.MessagePack;

/// <summary>
/// MessagePack's timestamps, ext type -1, as JavaScript dates: milliseconds.
/// <code>
/// 4 bytes    u32 seconds
/// 8 bytes    u64: 30 bits nanoseconds, 34 bits seconds
/// 12 bytes   u32 nanoseconds, i64 seconds
/// </code>
/// </summary>
internal static class MessagePackTimestamp
{
    public const sbyte ExtensionType = -1;
    public const int MaxBytes = 12;

    private const long MinMilliseconds = -62_135_596_800_000;
    private const long MaxMilliseconds = 253_402_300_799_999;

    /// <summary>The shortest form that holds the point in time.</summary>
    /// <param name="milliseconds">Since 1970.</param>
    /// <param name="output">Has <see cref="MaxBytes"/>.</param>
    /// <returns>The bytes written.</returns>
    public static int Write(long milliseconds, Span<byte> output)
    {
        var seconds = Math.DivRem(milliseconds, 1000, out var rest);
        if (rest < 0)
        {
            seconds--;
            rest += 1000;
        }

        var nanoseconds = (uint)rest * 1_000_000;
        if (nanoseconds == 0 && seconds is >= 0 and <= uint.MaxValue)
        {
            BinaryPrimitives.WriteUInt32BigEndian(output, (uint)seconds);
            return 4;
        }

        if (seconds is >= 0 and < 1L << 34)
        {
            BinaryPrimitives.WriteUInt64BigEndian(output, ((ulong)nanoseconds << 34) | (ulong)seconds);
            return 8;
        }

        BinaryPrimitives.WriteUInt32BigEndian(output, nanoseconds);
        BinaryPrimitives.WriteInt64BigEndian(output[4..], seconds);
        return 12;
    }

    /// <summary>Reads a date; one that .NET has not is an <see cref="WireValue.Extension"/>, so that it can be passed on.</summary>
    /// <returns>False if its length is wrong.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, out WireValue value)
    {
        value = WireValue.Null;
        long seconds;
        ulong nanoseconds;
        var span = bytes.Span;
        switch (span.Length)
        {
            case 4:
                (seconds, nanoseconds) = (BinaryPrimitives.ReadUInt32BigEndian(span), 0);
                break;
            case 8:
                var both = BinaryPrimitives.ReadUInt64BigEndian(span);
                (seconds, nanoseconds) = ((long)(both & ((1UL << 34) - 1)), both >> 34);
                break;
            case 12:
                (seconds, nanoseconds) = (BinaryPrimitives.ReadInt64BigEndian(span[4..]), BinaryPrimitives.ReadUInt32BigEndian(span));
                break;
            default:
                return false;
        }

        var milliseconds = Math.Truncate((seconds * 1e3) + (nanoseconds / 1e6));
        value = milliseconds is >= MinMilliseconds and <= MaxMilliseconds
            ? new WireValue.Date(DateTimeOffset.FromUnixTimeMilliseconds((long)milliseconds))
            : new WireValue.Extension(ExtensionType, bytes);
        return true;
    }
}
