using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using ProjectSilo.Grains.Interfaces.Kernels;

namespace ProjectSilo.Grains.Kernels.Execution;

/// <summary>What must be known of contents, and those that are made here. Contents of others are read no further than that, and never written again.</summary>
internal static class MessageContent
{
    private static readonly JsonWriterOptions WriteOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private static readonly JsonReaderOptions ReadOptions = new() { MaxDepth = 1_000 };

    /// <summary>The content of a request without any.</summary>
    public static ReadOnlyMemory<byte> Empty { get; } = "{}"u8.ToArray();

    /// <summary>The member <c>status</c>: <c>ok</c>, <c>error</c>, <c>aborted</c>; null if there is none.</summary>
    public static string? Status(ReadOnlySpan<byte> content) => Find(content, "status"u8, out var reader) && reader.TokenType == JsonTokenType.String ? reader.GetString() : null;

    /// <summary>Whether it is a widget's message.</summary>
    public static bool HasCommId(ReadOnlySpan<byte> content) => content.IndexOf("\"comm_id\""u8) >= 0 && Find(content, "comm_id"u8, out _);

    /// <summary>What code asks for.</summary>
    public static InputRequest InputRequest(ReadOnlySpan<byte> content) => new(
        Find(content, "prompt"u8, out var prompt) && prompt.TokenType == JsonTokenType.String ? prompt.GetString()! : "",
        Find(content, "password"u8, out var password) && password.TokenType == JsonTokenType.True);

    /// <summary><c>{"code":"2+3","silent":false,"store_history":true,"user_expressions":{},"allow_stdin":false,"stop_on_error":false}</c></summary>
    public static ReadOnlyMemory<byte> ExecuteRequest(ExecuteRequest request)
    {
        var bytes = new ArrayBufferWriter<byte>((int)Math.Min(request.Code.ByteCount + 256, Array.MaxLength));
        using (var writer = new Utf8JsonWriter(bytes, WriteOptions))
        {
            writer.WriteStartObject();
            writer.WritePropertyName("code");
            foreach (var piece in request.Code.Pieces)
            {
                writer.WriteStringValueSegment(piece.Span, isFinalSegment: false);
            }

            writer.WriteStringValueSegment(""u8, isFinalSegment: true);
            writer.WriteBoolean("silent", request.IsSilent);
            writer.WriteBoolean("store_history", !request.IsSilent);
            writer.WriteStartObject("user_expressions");
            writer.WriteEndObject();
            writer.WriteBoolean("allow_stdin", request.AllowsInput);

            // What is to be dropped after an error is dropped here: the kernel would refuse also what comes just after one.
            writer.WriteBoolean("stop_on_error", false);
            writer.WriteEndObject();
        }

        return bytes.WrittenMemory;
    }

    /// <summary><c>{"value":"Ada"}</c></summary>
    public static ReadOnlyMemory<byte> InputReply(string value)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, WriteOptions))
        {
            writer.WriteStartObject();
            writer.WriteString("value", value);
            writer.WriteEndObject();
        }

        return bytes.WrittenMemory;
    }

    /// <summary><c>{"comm_id":"…","target_name":"jupyter.widget","data":{}}</c></summary>
    public static ReadOnlyMemory<byte> Comm(CommMessage message)
    {
        var bytes = new ArrayBufferWriter<byte>(message.Data.Length + 256);
        using (var writer = new Utf8JsonWriter(bytes, WriteOptions))
        {
            writer.WriteStartObject();
            writer.WriteString("comm_id", message.CommId);
            writer.WriteString("target_name", message.TargetName);
            writer.WritePropertyName("data");
            writer.WriteRawValue(message.Data.Span, skipInputValidation: true);
            writer.WriteEndObject();
        }

        return bytes.WrittenMemory;
    }

    /// <summary>Whether it is one JSON value, and nothing else.</summary>
    public static bool IsJson(ReadOnlySpan<byte> json, bool isObject)
    {
        try
        {
            var reader = new Utf8JsonReader(json, ReadOptions);
            return reader.Read() && (!isObject || reader.TokenType == JsonTokenType.StartObject) && reader.TrySkip() && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>The value of a member of the object itself, not of one in it.</summary>
    private static bool Find(ReadOnlySpan<byte> content, ReadOnlySpan<byte> name, out Utf8JsonReader reader)
    {
        reader = new Utf8JsonReader(content, ReadOptions);
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isFound = reader.ValueTextEquals(name);
                reader.Read();
                if (isFound)
                {
                    return true;
                }

                reader.Skip();
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Kernels send what they like.
        }

        return false;
    }
}
