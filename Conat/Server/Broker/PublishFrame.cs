using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using ProjectSilo.Conat.Core.SocketIo;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>
/// A <c>publish</c> event as it came, cut but not decoded (spec 05 §5.1): what follows the subject is passed on byte for byte.
/// <code>
/// 451-3["publish",["foo.a","H5BwujPBQO",0,1,0,{"_placeholder":true,"num":0},{"k":"v"}]]
///   │ │            └─────┘ └────────────────────────────────────────────────────────┘
///   │ AckId        Subject  Data
///   Attachments
/// </code>
/// The text is checked as strictly as any event: whom a malformed packet reached, it would disconnect.
/// </summary>
internal struct PublishFrame
{
    /// <summary>What the broker wraps around <see cref="Data"/> makes it one level deeper.</summary>
    internal const int MaxDepth = WireJson.MaxDepth - 1;

    private const long MaxSafeInteger = 9007199254740991;
    private const int MaxMessageIdBytes = 64;

    /// <summary>How many binary frames follow.</summary>
    public int Attachments { get; private set; }

    public long? AckId { get; private set; }

    /// <summary>Whether the argument is a list at all.</summary>
    public bool HasList { get; private set; }

    /// <summary>The subject's JSON text with its quotes; empty if it isn't a string.</summary>
    public ReadOnlyMemory<byte> Subject { get; private set; }

    /// <summary>The list's other elements with the commas between them.</summary>
    public ReadOnlyMemory<byte> Data { get; private set; }

    /// <summary>The message id's JSON text if this is one of several chunks, else empty.</summary>
    public ReadOnlyMemory<byte> ChunkedId { get; private set; }

    /// <summary>Whether the message begins with this chunk.</summary>
    public bool IsFirst { get; private set; }

    /// <summary>Whether the message ends with this chunk.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Reads a text message of the WebSocket.</summary>
    /// <param name="text">With the <c>4</c> it begins with; the frame refers to it.</param>
    /// <param name="frame">The frame, if it is one.</param>
    /// <returns>True if it is a well-formed <c>publish</c>, false if it is malformed, null if it is another packet or none at all.</returns>
    public static bool? Read(ReadOnlyMemory<byte> text, out PublishFrame frame)
    {
        frame = default;
        if (!frame.TryReadHeader(text.Span, out var start))
        {
            return null;
        }

        var json = text[start..];
        var reader = new Utf8JsonReader(json.Span, new JsonReaderOptions { MaxDepth = MaxDepth });
        var isPublish = false;
        try
        {
            isPublish = reader.Read() && reader.TokenType == JsonTokenType.StartArray
                && reader.Read() && reader.TokenType == JsonTokenType.String && Is(reader, "publish"u8);
            if (!isPublish)
            {
                return null;
            }

            return frame.TryReadArgument(ref reader, json)
                && (reader is { TokenType: JsonTokenType.EndArray, CurrentDepth: 0 } || frame.TrySkipItems(ref reader))
                && !reader.Read();
        }
        catch (JsonException)
        {
            return isPublish ? false : null;
        }
    }

    /// <summary><c>42</c>, <c>427</c>, <c>451-</c>, <c>451-7</c>; the default namespace may be spelled out: <c>42/,7</c>.</summary>
    private bool TryReadHeader(ReadOnlySpan<byte> text, out int length)
    {
        length = 2;
        if (text is not [(byte)'4', (byte)SocketIoPacketType.Event or (byte)SocketIoPacketType.BinaryEvent, ..])
        {
            return false;
        }

        if (text[1] == (byte)SocketIoPacketType.BinaryEvent)
        {
            if (!TryReadNumber(text[2..], out var count, out var digits) || count is < 1 or > SocketIoCodec.MaxAttachments || text[(2 + digits)..] is not [(byte)'-', ..])
            {
                return false;
            }

            Attachments = (int)count;
            length += digits + 1;
        }

        if (text[length..] is [(byte)'/', (byte)',', ..])
        {
            length += 2;
        }

        if (TryReadNumber(text[length..], out var id, out var idDigits))
        {
            AckId = id;
            length += idDigits;
        }

        return id <= MaxSafeInteger;
    }

    private static bool TryReadNumber(ReadOnlySpan<byte> text, out long number, out int digits)
    {
        number = 0;
        digits = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return digits > 0 && Utf8Parser.TryParse(text[..digits], out number, out _);
    }

    private bool TryReadArgument(ref Utf8JsonReader reader, ReadOnlyMemory<byte> json)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
        {
            // Another value, or the event's end.
            return TrySkipValue(ref reader);
        }

        HasList = true;
        var dataStart = -1;
        ReadOnlyMemory<byte> id = default;
        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            var start = (int)reader.TokenStartIndex;
            if (index == 1)
            {
                dataStart = start;
            }

            var isText = reader.TokenType == JsonTokenType.String;
            var isTruthy = reader.TokenType switch
            {
                JsonTokenType.False or JsonTokenType.Null => false,
                JsonTokenType.Number => !reader.TryGetDouble(out var number) || number != 0,
                JsonTokenType.String => !reader.ValueSpan.IsEmpty,
                _ => true,
            };
            if (!TrySkipValue(ref reader))
            {
                return false;
            }

            var value = json[start..(int)reader.BytesConsumed];
            switch (index)
            {
                case 0 when isText:
                    Subject = value;
                    break;
                case 1 when isText && value.Length <= MaxMessageIdBytes:
                    id = value;
                    break;
                case 2:
                    IsFirst = !isTruthy;
                    break;
                case 3:
                    IsDone = isTruthy;
                    break;
            }
        }

        Data = dataStart < 0 ? default : json[dataStart..(int)reader.TokenStartIndex];
        ChunkedId = IsFirst && IsDone ? default : id;
        return true;
    }

    /// <summary>Reads to the end of the value that begins here. It isn't deeper than <see cref="MaxDepth"/>.</summary>
    private readonly bool TrySkipValue(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.StartArray => TrySkipItems(ref reader),
        JsonTokenType.StartObject => TrySkipMembers(ref reader),
        _ => true,
    };

    /// <summary>Reads to the end of the list that has begun.</summary>
    private readonly bool TrySkipItems(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (!TrySkipValue(ref reader))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Reads to the end of the object that has begun. Receivers put an attachment where one stands that has <c>"_placeholder":true</c>, whatever else it has, so its
    /// <c>num</c> must be that of an attachment. Of several members with one name the last counts, as in JavaScript.
    /// </summary>
    private readonly bool TrySkipMembers(ref Utf8JsonReader reader)
    {
        bool isPlaceholder = false, hasAttachment = false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isMark = Attachments > 0 && Is(reader, "_placeholder"u8);
            var isNumber = Attachments > 0 && Is(reader, "num"u8);
            reader.Read();
            isPlaceholder = isMark ? reader.TokenType == JsonTokenType.True : isPlaceholder;
            hasAttachment = isNumber ? IsAttachment(reader) : hasAttachment;
            if (!TrySkipValue(ref reader))
            {
                return false;
            }
        }

        return !isPlaceholder || hasAttachment;
    }

    /// <summary>Whether the value is the number of an attachment, which may be written <c>0.0</c>.</summary>
    private readonly bool IsAttachment(in Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var number) && double.IsInteger(number) && number >= 0 && number < Attachments;

    /// <summary>Compares a string or a name. The reader's own way to do it throws at lone surrogates, which are legal.</summary>
    private static bool Is(in Utf8JsonReader reader, ReadOnlySpan<byte> expected)
    {
        if (!reader.ValueIsEscaped)
        {
            return reader.ValueSpan.SequenceEqual(expected);
        }

        Span<char> text = stackalloc char[16];
        return JsonSubject.TryReadContent(reader.ValueSpan, text[..expected.Length], out var length) && Ascii.Equals(expected, text[..length]);
    }
}
