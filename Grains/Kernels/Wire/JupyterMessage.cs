using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ProjectSilo.Grains.Kernels.Wire;

/// <summary>
/// A message of the Jupyter protocol (spec 10 §4.2). Its four parts are JSON objects as they are on the wire, never read into values and written again, so that integers beyond 2^53 and the order of
/// members stay; what must be known on the way is read out.
/// </summary>
internal sealed class JupyterMessage
{
    /// <summary>The type of the messages that tell what the kernel is doing.</summary>
    public const string Status = "status";

    private const string ProtocolVersion = "5.4";

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly byte[] EmptyObject = "{}"u8.ToArray();

    /// <summary><c>{"msg_id":"execute_0d5c…","username":"","session":"","msg_type":"execute_request","version":"5.4","date":"2026-01-02T03:04:05.678Z"}</c></summary>
    public required ReadOnlyMemory<byte> Header { get; init; }

    /// <summary>The header of the message that this one is about; <c>{}</c> if there is none.</summary>
    public ReadOnlyMemory<byte> ParentHeader { get; init; } = EmptyObject;

    public ReadOnlyMemory<byte> Metadata { get; init; } = EmptyObject;

    public required ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>Binary data that the content refers to.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> Buffers { get; init; } = [];

    /// <summary>The header's <c>msg_id</c>.</summary>
    public required string MessageId { get; init; }

    /// <summary>The header's <c>msg_type</c>.</summary>
    public required string MessageType { get; init; }

    /// <summary>The parent header's <c>msg_id</c>; empty if there is none.</summary>
    public string ParentId { get; init; } = "";

    /// <summary>Of a <c>status</c> message: <c>busy</c>, <c>idle</c>, <c>starting</c>; else empty.</summary>
    public string ExecutionState { get; init; } = "";

    /// <summary>Bytes that its parts have.</summary>
    public int ByteCount
    {
        get
        {
            var count = Header.Length + ParentHeader.Length + Metadata.Length + Content.Length;
            foreach (var buffer in Buffers)
            {
                count += buffer.Length;
            }

            return count;
        }
    }

    /// <summary>A message to a kernel.</summary>
    /// <param name="messageType"><c>execute_request</c></param>
    /// <param name="messageId">Unique: <c>execute_&lt;uuid&gt;</c></param>
    /// <param name="content">A JSON object.</param>
    /// <param name="date">The time of its making.</param>
    /// <param name="username">Empty, but <c>user</c> for widgets' messages.</param>
    /// <param name="parent">The message that it is about; null for none.</param>
    /// <param name="buffers">Binary data.</param>
    public static JupyterMessage Create(
        string messageType,
        string messageId,
        ReadOnlyMemory<byte> content,
        DateTimeOffset date,
        string username = "",
        JupyterMessage? parent = null,
        ImmutableArray<ReadOnlyMemory<byte>> buffers = default) => new()
        {
            MessageType = messageType,
            MessageId = messageId,
            Header = WriteHeader(messageType, messageId, date, username),
            ParentHeader = parent?.Header ?? EmptyObject,
            ParentId = parent?.MessageId ?? "",
            Content = content,
            Buffers = buffers.IsDefault ? [] : buffers,
        };

    private static ReadOnlyMemory<byte> WriteHeader(string messageType, string messageId, DateTimeOffset date, string username)
    {
        var output = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(output, Plain);
        writer.WriteStartObject();
        writer.WriteString("msg_id"u8, messageId);
        writer.WriteString("username"u8, username);
        writer.WriteString("session"u8, "");
        writer.WriteString("msg_type"u8, messageType);
        writer.WriteString("version"u8, ProtocolVersion);
        writer.WriteString("date"u8, date.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        writer.WriteEndObject();
        writer.Flush();
        return output.WrittenMemory;
    }
}
