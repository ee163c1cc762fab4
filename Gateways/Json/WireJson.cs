using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using ProjectSilo.Gateways.Api;

namespace ProjectSilo.Gateways.Json;

/// <summary>JSON text to and from <see cref="WireValue"/>, with JavaScript's leniency: invalid UTF-8 becomes U+FFFD, lone surrogate escapes are taken.</summary>
public static class WireJson
{
    /// <summary>Deeper nesting is refused.</summary>
    public const int MaxDepth = 1_000;

    /// <summary>Longer texts are written in pieces: the writer asks for several times the size of what it is given at once, and keeps that in the array pool.</summary>
    private const int PieceCharacters = 16 * 1024;

    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = MaxDepth };

    // Not ASCII-escaped, as the reference sends it (spec 02 §2). The output is never part of a HTML page.
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 2 * MaxDepth, SkipValidation = true };

    /// <summary>Parses one JSON text.</summary>
    /// <returns>False if it is not JSON, or nested deeper than <see cref="MaxDepth"/>.</returns>
    public static bool TryParse(in ReadOnlySequence<byte> json, out WireValue value)
    {
        if (json.IsSingleSegment)
        {
            return TryParse(json.FirstSpan, out value);
        }

        var length = checked((int)json.Length);
        var copy = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            json.CopyTo(copy);
            return TryParse(copy.AsSpan(0, length), out value);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(copy);
        }
    }

    /// <inheritdoc cref="TryParse(in ReadOnlySequence{byte}, out WireValue)"/>
    public static bool TryParse(ReadOnlySpan<byte> json, out WireValue value)
    {
        if (!Utf8.IsValid(json))
        {
            json = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(json));
        }

        try
        {
            var reader = new Utf8JsonReader(json, ReaderOptions);
            value = reader.Read() ? Read(ref reader) : WireValue.Null;
            return !reader.Read();
        }
        catch (JsonException)
        {
            value = WireValue.Null;
            return false;
        }
    }

    /// <summary>Writes <paramref name="value"/> as compact JSON.</summary>
    public static void Write(WireValue value, IBufferWriter<byte> output)
    {
        using var writer = new Utf8JsonWriter(output, WriterOptions);
        Write(value, writer);
    }

    /// <summary>Compact JSON as a string.</summary>
    public static string ToText(WireValue value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Write(value, buffer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>
    /// JSON with the members sorted by name at every level: equal for equal values. Members of the outermost object named in <paramref name="except"/> are left
    /// out.
    /// </summary>
    public static string ToCanonicalText(WireValue value, params ReadOnlySpan<string> except) => ToText(Sorted(value, except));

    private static WireValue Sorted(WireValue value, ReadOnlySpan<string> except)
    {
        if (value is WireValue.Items items)
        {
            return new WireValue.Items([.. items.Values.Select(item => Sorted(item, []))]);
        }

        if (value is not WireValue.Members members)
        {
            return value;
        }

        var sorted = new SortedDictionary<string, WireValue>(StringComparer.Ordinal);
        foreach (var (name, member) in members.Values)
        {
            if (!except.Contains(name))
            {
                sorted[name] = Sorted(member, []);
            }
        }

        return new WireValue.Members([.. sorted]);
    }

    private static WireValue Read(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.True:
                return true;
            case JsonTokenType.False:
                return false;
            case JsonTokenType.Number:
                return reader.GetDouble();
            case JsonTokenType.String:
                return ReadText(ref reader);
            case JsonTokenType.StartArray:
                var items = ImmutableArray.CreateBuilder<WireValue>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    items.Add(Read(ref reader));
                }

                return new WireValue.Items(items.DrainToImmutable());
            case JsonTokenType.StartObject:
                var members = ImmutableArray.CreateBuilder<KeyValuePair<string, WireValue>>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var name = ReadText(ref reader);
                    reader.Read();
                    members.Add(new KeyValuePair<string, WireValue>(name, Read(ref reader)));
                }

                return new WireValue.Members(members.DrainToImmutable());
            default:
                return WireValue.Null;
        }
    }

    private static string ReadText(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // An escaped surrogate without its other half: legal JSON, but the reader refuses it.
            return JsonEscapes.Unescape(reader.ValueSpan);
        }
    }

    private static void Write(WireValue value, Utf8JsonWriter writer)
    {
        switch (value)
        {
            case WireValue.Bool flag:
                writer.WriteBooleanValue(flag.Value);
                break;
            case WireValue.Number number:
                WriteNumber(number.Value, writer);
                break;
            case WireValue.Text { Value.Length: > PieceCharacters } text:
                WriteInPieces(text.Value, writer);
                break;
            case WireValue.Text text:
                writer.WriteStringValue(text.Value);
                break;
            case WireValue.Items items:
                writer.WriteStartArray();
                foreach (var item in items.Values)
                {
                    Write(item, writer);
                }

                writer.WriteEndArray();
                break;
            case WireValue.Members members:
                writer.WriteStartObject();
                foreach (var (name, member) in members.Values)
                {
                    writer.WritePropertyName(name);
                    Write(member, writer);
                }

                writer.WriteEndObject();
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }

    private static void WriteInPieces(ReadOnlySpan<char> text, Utf8JsonWriter writer)
    {
        while (text.Length > PieceCharacters)
        {
            // The halves of a surrogate pair stay together.
            var length = char.IsHighSurrogate(text[PieceCharacters - 1]) ? PieceCharacters - 1 : PieceCharacters;
            writer.WriteStringValueSegment(text[..length], isFinalSegment: false);
            text = text[length..];
        }

        writer.WriteStringValueSegment(text, isFinalSegment: true);
    }

    private static void WriteNumber(double number, Utf8JsonWriter writer)
    {
        const double MaxSafeInteger = 9007199254740991;
        if (double.IsInteger(number) && Math.Abs(number) <= MaxSafeInteger)
        {
            writer.WriteNumberValue((long)number);
        }
        else if (double.IsFinite(number))
        {
            writer.WriteNumberValue(number);
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}
