using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Core.MessagePack;

/// <summary>
/// Reads all standard forms (spec 05 §4.2). The bytes come from outside: nothing is allocated because a length is announced, and what is wrong is a return value.
/// </summary>
/// <param name="bytes">The bytes.</param>
/// <param name="maxValues">Most values.</param>
internal ref struct MessagePackReader(ReadOnlyMemory<byte> bytes, int maxValues)
{
    /// <summary>Room that a list gets before its items have come.</summary>
    private const int FirstCapacity = 16;

    private ReadOnlyMemory<byte> _rest = bytes;
    private int _room = maxValues;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public MessagePackError Read(int depth, out WireValue value)
    {
        value = WireValue.Null;
        if (_rest.IsEmpty)
        {
            return MessagePackError.Truncated;
        }

        if (_room-- == 0)
        {
            return MessagePackError.TooManyValues;
        }

        var code = _rest.Span[0];
        _rest = _rest[1..];
        switch (code)
        {
            case < 0x80:
                value = code;
                return MessagePackError.None;
            case < 0x90:
                return ReadMembers((uint)code & 0x0f, depth, out value);
            case < 0xa0:
                return ReadItems((uint)code & 0x0f, depth, out value);
            case < 0xc0:
                return ReadText((uint)code & 0x1f, out value);
            case 0xc0:
                return MessagePackError.None;
            case 0xc1:
                return MessagePackError.UnknownType;
            case 0xc2 or 0xc3:
                value = code == 0xc3;
                return MessagePackError.None;
            case <= 0xc6:
                return TryLength(1 << (code - 0xc4), out var length) ? ReadBytes(length, out value) : MessagePackError.Truncated;
            case <= 0xc9:
                return TryLength(1 << (code - 0xc7), out length) ? ReadExtension(length, out value) : MessagePackError.Truncated;
            case <= 0xd3:
                return ReadNumber(code, out value);
            case <= 0xd8:
                return ReadExtension(1U << (code - 0xd4), out value);
            case <= 0xdb:
                return TryLength(1 << (code - 0xd9), out length) ? ReadText(length, out value) : MessagePackError.Truncated;
            case 0xdc or 0xdd:
                return TryLength(code == 0xdc ? 2 : 4, out length) ? ReadItems(length, depth, out value) : MessagePackError.Truncated;
            case 0xde or 0xdf:
                return TryLength(code == 0xde ? 2 : 4, out length) ? ReadMembers(length, depth, out value) : MessagePackError.Truncated;
            default:
                value = (sbyte)code;
                return MessagePackError.None;
        }
    }

    private MessagePackError ReadNumber(byte code, out WireValue value)
    {
        value = WireValue.Null;
        var length = code switch { 0xca => 4, 0xcb => 8, < 0xd0 => 1 << (code - 0xcc), _ => 1 << (code - 0xd0) };
        if (!TryTake((uint)length, out var taken))
        {
            return MessagePackError.Truncated;
        }

        var span = taken.Span;
        value = code switch
        {
            0xca => BinaryPrimitives.ReadSingleBigEndian(span),
            0xcb => BinaryPrimitives.ReadDoubleBigEndian(span),
            0xcc => span[0],
            0xcd => BinaryPrimitives.ReadUInt16BigEndian(span),
            0xce => BinaryPrimitives.ReadUInt32BigEndian(span),
            0xcf => BinaryPrimitives.ReadUInt64BigEndian(span),
            0xd0 => (sbyte)span[0],
            0xd1 => BinaryPrimitives.ReadInt16BigEndian(span),
            0xd2 => BinaryPrimitives.ReadInt32BigEndian(span),
            _ => (double)BinaryPrimitives.ReadInt64BigEndian(span),
        };
        return MessagePackError.None;
    }

    private MessagePackError ReadText(uint length, out WireValue value)
    {
        var isThere = TryTake(length, out var taken);
        value = isThere ? Encoding.UTF8.GetString(taken.Span) : WireValue.Null;
        return isThere ? MessagePackError.None : MessagePackError.Truncated;
    }

    private MessagePackError ReadBytes(uint length, out WireValue value)
    {
        var isThere = TryTake(length, out var taken);
        value = isThere ? new WireValue.Bytes(taken) : WireValue.Null;
        return isThere ? MessagePackError.None : MessagePackError.Truncated;
    }

    private MessagePackError ReadExtension(uint length, out WireValue value)
    {
        value = WireValue.Null;
        if (!TryTake(1, out var type) || !TryTake(length, out var taken))
        {
            return MessagePackError.Truncated;
        }

        var number = (sbyte)type.Span[0];
        if (number == MessagePackTimestamp.ExtensionType)
        {
            return MessagePackTimestamp.TryRead(taken, out value) ? MessagePackError.None : MessagePackError.TimestampLength;
        }

        value = new WireValue.Extension(number, taken);
        return MessagePackError.None;
    }

    private MessagePackError ReadItems(uint count, int depth, out WireValue value)
    {
        value = WireValue.Null;
        if (depth == 0)
        {
            return MessagePackError.TooDeep;
        }

        // An item has a byte at least.
        if (count > _rest.Length)
        {
            return MessagePackError.Truncated;
        }

        var items = ImmutableArray.CreateBuilder<WireValue>((int)Math.Min(count, FirstCapacity));
        for (var i = 0; i < count; i++)
        {
            var error = Read(depth - 1, out var item);
            if (error != MessagePackError.None)
            {
                return error;
            }

            items.Add(item);
        }

        value = new WireValue.Items(items.DrainToImmutable());
        return MessagePackError.None;
    }

    private MessagePackError ReadMembers(uint count, int depth, out WireValue value)
    {
        value = WireValue.Null;
        if (depth == 0)
        {
            return MessagePackError.TooDeep;
        }

        if (count > _rest.Length / 2)
        {
            return MessagePackError.Truncated;
        }

        var members = ImmutableArray.CreateBuilder<KeyValuePair<string, WireValue>>((int)Math.Min(count, FirstCapacity));
        for (var i = 0; i < count; i++)
        {
            var error = ReadKey(out var name);
            if (error == MessagePackError.None)
            {
                error = Read(depth - 1, out var member);
                members.Add(new KeyValuePair<string, WireValue>(name, member));
            }

            if (error != MessagePackError.None)
            {
                return error;
            }
        }

        value = new WireValue.Members(JavaScript.InPropertyOrder(members.DrainToImmutable()));
        return MessagePackError.None;
    }

    private MessagePackError ReadKey(out string name)
    {
        name = "";
        var error = Read(0, out var key);
        if (error != MessagePackError.None)
        {
            return error == MessagePackError.TooDeep ? MessagePackError.KeyType : error;
        }

        switch (key)
        {
            case WireValue.Text text:
                name = text.Value;
                return name == "__proto__" ? MessagePackError.ForbiddenKey : MessagePackError.None;
            case WireValue.Number number:
                name = JavaScript.NumberToText(number.Value);
                return MessagePackError.None;
            default:
                return MessagePackError.KeyType;
        }
    }

    private bool TryLength(int size, out uint length)
    {
        if (!TryTake((uint)size, out var taken))
        {
            length = 0;
            return false;
        }

        var span = taken.Span;
        length = size switch { 1 => span[0], 2 => BinaryPrimitives.ReadUInt16BigEndian(span), _ => BinaryPrimitives.ReadUInt32BigEndian(span) };
        return true;
    }

    private bool TryTake(uint length, out ReadOnlyMemory<byte> taken)
    {
        if (length > _rest.Length)
        {
            taken = default;
            return false;
        }

        taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return true;
    }
}
