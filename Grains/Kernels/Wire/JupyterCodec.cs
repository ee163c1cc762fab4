using System.Buffers;
using System.Collections.Immutable;
using ProjectSilo.Grains.Kernels.Zmtp;

namespace ProjectSilo.Grains.Kernels.Wire;

/// <summary>
/// Jupyter messages as ZeroMQ messages (spec 10 §4.2). Each line is a frame:
/// <code>
/// stream.stdout                        routing ids, or the topic of iopub; any number
/// &lt;IDS|MSG&gt;
/// 5a01cbc3af49504ed77b6892f09f74f3…    signature of the next four
/// {"msg_id":"…","msg_type":"stream",…} header
/// {"msg_id":"execute_…",…}             parent header
/// {}                                   metadata
/// {"name":"stdout","text":"hello\n"}   content
/// …                                    buffers, any number
/// </code>
/// </summary>
internal static class JupyterCodec
{
    private const int JsonFrames = 4;

    private static ReadOnlySpan<byte> Delimiter => "<IDS|MSG>"u8;

    /// <summary>Reads a message.</summary>
    /// <returns>
    /// False: there is no delimiter, frames are missing, the signature is wrong, a JSON frame is no JSON object (the parent header may be null), or the header has no <c>msg_id</c> and <c>msg_type</c>. Then
    /// the message is to be dropped.
    /// </returns>
    /// <remarks>Signed are the bytes as they came; what is malformed UTF-8 in them is replaced afterwards (<see cref="JupyterJson.Repair"/>).</remarks>
    public static bool TryParse(ZmtpMessage frames, MessageSigner signer, out JupyterMessage? message)
    {
        message = null;
        var frame = frames.GetEnumerator();
        if (!MoveToDelimiter(ref frame))
        {
            return false;
        }

        var signed = new SignedFrames();
        for (var i = 0; i <= JsonFrames; i++)
        {
            if (!frame.MoveNext())
            {
                return false;
            }

            signed[i] = frame.Current;
        }

        return signer.Verify(signed[0].Span, signed[1].Span, signed[2].Span, signed[3].Span, signed[4].Span)
            && TryRead(JupyterJson.Repair(signed[1]), JupyterJson.Repair(signed[2]), JupyterJson.Repair(signed[3]), JupyterJson.Repair(signed[4]), Rest(frame), out message);
    }

    /// <summary>The type that a message says it has, before anything is checked; null if it says none.</summary>
    public static string? PeekType(ZmtpMessage frames)
    {
        var frame = frames.GetEnumerator();
        return MoveToDelimiter(ref frame) && frame.MoveNext() && frame.MoveNext() && JupyterJson.IsObject(frame.Current.Span, "msg_type"u8, out var type, default, out _) ? type : null;
    }

    /// <summary>Makes the frames of a message, without routing ids: the socket has an identity.</summary>
    public static ZmtpMessage Encode(JupyterMessage message, MessageSigner signer)
    {
        Span<byte> signature = stackalloc byte[signer.Length];
        signer.Sign(message.Header.Span, message.ParentHeader.Span, message.Metadata.Span, message.Content.Span, signature);
        var output = new ArrayBufferWriter<byte>(message.ByteCount + 256);
        ZmtpFrame.Write(Delimiter, hasMore: true, output);
        ZmtpFrame.Write(signature, hasMore: true, output);
        ZmtpFrame.Write(message.Header.Span, hasMore: true, output);
        ZmtpFrame.Write(message.ParentHeader.Span, hasMore: true, output);
        ZmtpFrame.Write(message.Metadata.Span, hasMore: true, output);
        ZmtpFrame.Write(message.Content.Span, hasMore: message.Buffers.Length > 0, output);
        for (var i = 0; i < message.Buffers.Length; i++)
        {
            ZmtpFrame.Write(message.Buffers[i].Span, hasMore: i < message.Buffers.Length - 1, output);
        }

        return new ZmtpMessage(output.WrittenMemory);
    }

    private static bool MoveToDelimiter(ref ZmtpMessage.FrameEnumerator frame)
    {
        while (frame.MoveNext())
        {
            if (frame.Current.Span.SequenceEqual(Delimiter))
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryRead(
        ReadOnlyMemory<byte> header, ReadOnlyMemory<byte> parentHeader, ReadOnlyMemory<byte> metadata, ReadOnlyMemory<byte> content,
        ImmutableArray<ReadOnlyMemory<byte>> buffers, out JupyterMessage? message)
    {
        message = null;
        if (!JupyterJson.IsObject(header.Span, "msg_id"u8, out var id, "msg_type"u8, out var type) || id is null || type is null)
        {
            return false;
        }

        string? parentId = null;
        if (!parentHeader.Span.SequenceEqual("null"u8) && !JupyterJson.IsObject(parentHeader.Span, "msg_id"u8, out parentId, default, out _))
        {
            return false;
        }

        var stateName = type == JupyterMessage.Status ? "execution_state"u8 : default;
        if (!JupyterJson.IsObject(metadata.Span) || !JupyterJson.IsObject(content.Span, stateName, out var state, default, out _))
        {
            return false;
        }

        message = new JupyterMessage
        {
            Header = header,
            ParentHeader = parentHeader,
            Metadata = metadata,
            Content = content,
            Buffers = buffers,
            MessageId = id,
            MessageType = type,
            ParentId = parentId ?? "",
            ExecutionState = state ?? "",
        };
        return true;
    }

    private static ImmutableArray<ReadOnlyMemory<byte>> Rest(ZmtpMessage.FrameEnumerator frame)
    {
        if (!frame.MoveNext())
        {
            return [];
        }

        var rest = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
        do
        {
            rest.Add(frame.Current);
        }
        while (frame.MoveNext());
        return rest.DrainToImmutable();
    }

    [System.Runtime.CompilerServices.InlineArray(JsonFrames + 1)]
    private struct SignedFrames
    {
        private ReadOnlyMemory<byte> _signature;
    }
}
