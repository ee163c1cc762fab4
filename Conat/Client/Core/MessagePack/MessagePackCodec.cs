using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Core.MessagePack;

/// <summary>MessagePack to and from <see cref="WireValue"/>, byte for byte as the bus' other members write it (spec 05 §4.1, §4.2).</summary>
public static class MessagePackCodec
{
    /// <summary>Deeper nested values are not written: <c>1</c> in 99 lists is.</summary>
    public const int MaxDepth = 100;

    /// <summary>Deeper nested values are not read.</summary>
    public const int MaxReadDepth = 1_000;

    /// <summary>Writes <paramref name="value"/>.</summary>
    /// <exception cref="ConatException"><c>Too deep objects in depth 101</c>.</exception>
    public static void Encode(WireValue value, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(output);
        new MessagePackWriter(output).Write(value, 1);
    }

    /// <inheritdoc cref="Encode(WireValue, IBufferWriter{byte})"/>
    public static byte[] Encode(WireValue value)
    {
        var output = new ArrayBufferWriter<byte>();
        Encode(value, output);
        return output.WrittenCount == 0 ? [] : MemoryMarshal.TryGetArray(output.WrittenMemory, out var array) && array.Array!.Length == array.Count
            ? array.Array
            : output.WrittenSpan.ToArray();
    }

    /// <summary>Most bytes of <see cref="WriteBytesHeader"/>.</summary>
    public const int MaxBytesHeader = 5;

    /// <summary>Writes what comes before <paramref name="length"/> bytes that are a value: for who has them in a buffer of its own.</summary>
    /// <param name="end">Where they begin: the header is written before it.</param>
    /// <param name="length">How many they are.</param>
    /// <returns>Bytes of the header.</returns>
    public static int WriteBytesHeader(Span<byte> end, int length)
    {
        var size = length <= byte.MaxValue ? 2 : length <= ushort.MaxValue ? 3 : MaxBytesHeader;
        var header = end[^size..];
        switch (size)
        {
            case 2:
                (header[0], header[1]) = (0xc4, (byte)length);
                break;
            case 3:
                header[0] = 0xc5;
                BinaryPrimitives.WriteUInt16BigEndian(header[1..], (ushort)length);
                break;
            default:
                header[0] = 0xc6;
                BinaryPrimitives.WriteInt32BigEndian(header[1..], length);
                break;
        }

        return size;
    }

    /// <summary>Most bytes of <see cref="WriteListHeader"/>.</summary>
    public const int MaxListHeader = 5;

    /// <summary>Writes what comes before <paramref name="count"/> values that are a list: for who has them encoded already.</summary>
    public static void WriteListHeader(int count, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        new MessagePackWriter(output).WriteListHeader(count);
    }

    /// <summary>Reads one value, which must be all of <paramref name="bytes"/>.</summary>
    /// <param name="bytes">The bytes; byte arrays in the value are parts of them.</param>
    /// <param name="value">The value.</param>
    /// <param name="error">What is wrong, if the result is false.</param>
    /// <param name="maxValues">Most values at all levels together: they take many times the memory of their bytes.</param>
    public static bool TryDecode(ReadOnlyMemory<byte> bytes, out WireValue value, out MessagePackError error, int maxValues = WireJson.MaxValues)
    {
        var reader = new MessagePackReader(bytes, maxValues);
        error = reader.Read(MaxReadDepth, out value);
        if (error == MessagePackError.None && !reader.IsAtEnd)
        {
            error = MessagePackError.TrailingBytes;
        }

        if (error != MessagePackError.None)
        {
            value = WireValue.Null;
        }

        return error == MessagePackError.None;
    }
}
