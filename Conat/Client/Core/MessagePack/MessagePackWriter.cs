using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Core.MessagePack;

/// <summary>Writes values in their smallest form (spec 05 §4.1).</summary>
internal readonly ref struct MessagePackWriter(IBufferWriter<byte> output)
{
    private const double MaxSafeInteger = 9007199254740991;

    /// <param name="value">The value.</param>
    /// <param name="depth">Its level, 1 for the outermost.</param>
    public void Write(WireValue value, int depth)
    {
        if (depth > MessagePackCodec.MaxDepth)
        {
            throw new ConatException($"Too deep objects in depth {depth}");
        }

        switch (value)
        {
            case WireValue.Nothing:
                output.Write([(byte)0xc0]);
                break;
            case WireValue.Bool flag:
                output.Write([flag.Value ? (byte)0xc3 : (byte)0xc2]);
                break;
            case WireValue.Number number:
                WriteNumber(number.Value);
                break;
            case WireValue.Text text:
                WriteText(text.Value);
                break;
            case WireValue.LongText text:
                WriteTextHeader(checked((uint)text.Pieces.Sum(piece => (long)piece.Length)));
                foreach (var piece in text.Pieces)
                {
                    output.Write(piece.Span);
                }

                break;
            case WireValue.Bytes bytes:
                WriteHeader((uint)bytes.Value.Length, 0xc4, 0xc5, 0xc6);
                output.Write(bytes.Value.Span);
                break;
            case WireValue.Date date:
                Span<byte> timestamp = stackalloc byte[MessagePackTimestamp.MaxBytes];
                var length = MessagePackTimestamp.Write(date.Value.ToUnixTimeMilliseconds(), timestamp);
                WriteExtension(MessagePackTimestamp.ExtensionType, timestamp[..length]);
                break;
            case WireValue.Extension extension:
                WriteExtension(extension.Type, extension.Value.Span);
                break;
            case WireValue.Items items:
                WriteListHeader(items.Values.Length);
                foreach (var item in items.Values)
                {
                    Write(item, depth + 1);
                }

                break;
            case WireValue.Sequence sequence:
                WriteListHeader(sequence.Count);
                foreach (var element in sequence.Elements)
                {
                    Write(element, depth + 1);
                }

                break;
            case WireValue.Members members:
                WriteMembers(members, depth);
                break;
        }
    }

    /// <summary>What comes before the items of a list.</summary>
    public void WriteListHeader(int count) => WriteHeader(count, 0x90, 0xdc);

    private void WriteMembers(WireValue.Members members, int depth)
    {
        var ordered = JavaScript.InPropertyOrder(members.Values);
        WriteHeader(ordered.Length, 0x80, 0xde);
        foreach (var (name, member) in ordered)
        {
            WriteText(name);
            Write(member, depth + 1);
        }
    }

    private void WriteNumber(double number)
    {
        if (!double.IsInteger(number) || Math.Abs(number) > MaxSafeInteger)
        {
            var room = output.GetSpan(9);
            room[0] = 0xcb;
            BinaryPrimitives.WriteDoubleBigEndian(room[1..], number);
            output.Advance(9);
            return;
        }

        var integer = (long)number;
        switch (integer)
        {
            case >= 0 and < 0x80:
            case < 0 and >= -0x20:
                output.Write([(byte)integer]);
                break;
            case > 0 and <= byte.MaxValue:
                WriteBigEndian(0xcc, (ulong)integer, 1);
                break;
            case > 0 and <= ushort.MaxValue:
                WriteBigEndian(0xcd, (ulong)integer, 2);
                break;
            case > 0 and <= uint.MaxValue:
                WriteBigEndian(0xce, (ulong)integer, 4);
                break;
            case > 0:
                WriteBigEndian(0xcf, (ulong)integer, 8);
                break;
            case >= sbyte.MinValue:
                WriteBigEndian(0xd0, (ulong)integer, 1);
                break;
            case >= short.MinValue:
                WriteBigEndian(0xd1, (ulong)integer, 2);
                break;
            case >= int.MinValue:
                WriteBigEndian(0xd2, (ulong)integer, 4);
                break;
            default:
                WriteBigEndian(0xd3, (ulong)integer, 8);
                break;
        }
    }

    private void WriteText(string text)
    {
        WriteTextHeader((uint)Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text.AsSpan(), output);
    }

    private void WriteTextHeader(uint length)
    {
        if (length < 32)
        {
            output.Write([(byte)(0xa0 | length)]);
        }
        else
        {
            WriteHeader(length, 0xd9, 0xda, 0xdb);
        }
    }

    /// <summary>The header of a list or map.</summary>
    /// <param name="count">Its items or members.</param>
    /// <param name="few">The code with the count in its low 4 bits.</param>
    /// <param name="many">The code before 16 bits; the next one is before 32 bits.</param>
    private void WriteHeader(int count, byte few, byte many)
    {
        if (count < 16)
        {
            output.Write([(byte)(few | count)]);
        }
        else if (count <= ushort.MaxValue)
        {
            WriteBigEndian(many, (ulong)count, 2);
        }
        else
        {
            WriteBigEndian((byte)(many + 1), (ulong)count, 4);
        }
    }

    private void WriteHeader(uint length, byte code8, byte code16, byte code32)
    {
        if (length <= byte.MaxValue)
        {
            WriteBigEndian(code8, length, 1);
        }
        else if (length <= ushort.MaxValue)
        {
            WriteBigEndian(code16, length, 2);
        }
        else
        {
            WriteBigEndian(code32, length, 4);
        }
    }

    private void WriteExtension(sbyte type, ReadOnlySpan<byte> bytes)
    {
        var fixedCode = bytes.Length switch { 1 => 0xd4, 2 => 0xd5, 4 => 0xd6, 8 => 0xd7, 16 => 0xd8, _ => 0 };
        if (fixedCode != 0)
        {
            output.Write([(byte)fixedCode]);
        }
        else
        {
            WriteHeader((uint)bytes.Length, 0xc7, 0xc8, 0xc9);
        }

        output.Write([(byte)type]);
        output.Write(bytes);
    }

    /// <summary>A code and the low <paramref name="bytes"/> bytes of <paramref name="value"/>.</summary>
    private void WriteBigEndian(byte code, ulong value, int bytes)
    {
        var room = output.GetSpan(9);
        room[0] = code;
        BinaryPrimitives.WriteUInt64BigEndian(room[1..], value << (64 - (8 * bytes)));
        output.Advance(1 + bytes);
    }
}
