using System.Buffers;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Core.SocketIo;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>
/// One chunk on its way from a publisher to all who get it. It belongs to the publisher and is used again for its next chunk: receivers copy or hold what they
/// need while <see cref="IMessageReceiver.Deliver"/> runs. It comes as text from a WebSocket, or as a chunk from within the process; the other form is made if a
/// receiver needs it.
/// </summary>
/// <param name="pool">Where frames come from.</param>
public sealed class RoutedMessage(SharedBufferPool pool)
{
    private PatternInterest? _frameInterest;
    private SharedBuffer? _frame;

    /// <summary>The text that was made of a chunk.</summary>
    private SharedBuffer? _text;
    private bool _hasText;
    private ConatChunk? _chunk;
    private bool _hasChunk;

    /// <summary>Whether the chunk came from within the process.</summary>
    private bool _isFromWithin;

    /// <summary>Whether its payload has been copied for receivers within the process.</summary>
    private bool _isCopied;

    /// <summary>The subject, decoded.</summary>
    public ReadOnlyMemory<char> Subject { get; private set; }

    /// <summary>Bytes of the payload: of all binary frames.</summary>
    public long PayloadBytes { get; private set; }

    /// <summary>The subject as JSON: <c>"foo.a"</c>.</summary>
    private ReadOnlyMemory<byte> SubjectJson { get; set; }

    /// <summary>What follows the subject in the publisher's list: <c>"H5BwujPBQO",0,1,0,{"_placeholder":true,"num":0}</c>.</summary>
    private ReadOnlyMemory<byte> Data { get; set; }

    /// <summary>The text's length in bytes; 0 if there is none.</summary>
    internal int TextBytes => Data.Length;

    /// <summary>The binary frames; of a chunk from within the process once <see cref="FrameFor"/> was called.</summary>
    public AttachmentSet Attachments { get; private set; }

    /// <summary>Which message this is a chunk of; empty for the only chunk of one.</summary>
    public string ChunkedId { get; private set; } = "";

    /// <summary>Whether the message ends with this chunk.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Takes the next chunk. The attachments stay the caller's to release.</summary>
    internal void Begin(
        ReadOnlyMemory<char> subject, ReadOnlyMemory<byte> subjectJson, ReadOnlyMemory<byte> data, AttachmentSet attachments, string chunkedId, bool isDone)
    {
        (Subject, SubjectJson, Data, Attachments, ChunkedId, IsDone) = (subject, subjectJson, data, attachments, chunkedId, isDone);
        PayloadBytes = attachments.Bytes;
        _hasText = true;
    }

    /// <summary>Takes the next chunk from within the process. Its payload is copied for who gets it: the publisher may use the memory again.</summary>
    internal void Begin(ConatChunk chunk)
    {
        (Subject, ChunkedId, IsDone) = (chunk.Subject.AsMemory(), chunk is { Sequence: 0, IsLast: true } ? "" : chunk.MessageId, chunk.IsLast);
        PayloadBytes = chunk.Payload.Length;
        (_chunk, _hasChunk, _isFromWithin, _isCopied) = (chunk, true, true, false);
    }

    /// <summary>Forgets the chunk.</summary>
    internal void End()
    {
        ForgetFrame();
        if (_text is not null)
        {
            _text.Release();
            Attachments.Release();
            _text = null;
        }

        Begin(default, default, default, default, "", isDone: false);
        (_hasText, _chunk, _hasChunk, _isFromWithin) = (false, null, false, false);
    }

    /// <summary>
    /// The text message of the delivery (spec 05 §5.1), made once for all members of a pattern's groups:
    /// <c>451-["foo.*",{"subject":"foo.a","data":["H5BwujPBQO",0,1,0,{"_placeholder":true,"num":0}]}]</c>. Whoever keeps it holds it.
    /// </summary>
    /// <returns>Null if there is no such text: headers from within the process nested too deep, say.</returns>
    internal SharedBuffer? FrameFor(PatternInterest interest)
    {
        if (_frameInterest == interest)
        {
            return _frame!;
        }

        if (!_hasText && !TryMakeText())
        {
            return null;
        }

        ForgetFrame();
        var begin = interest.EventPrefix.Length + SubjectJson.Length;
        var frame = pool.Rent(begin + Data.Length + 32);
        if (Attachments.Count == 0)
        {
            frame.Write("42"u8);
        }
        else
        {
            frame.Write("45"u8);
            SocketIoText.WriteNumber(Attachments.Count, frame);
            frame.Write("-"u8);
        }

        frame.Write(interest.EventPrefix.Span);
        frame.Write(SubjectJson.Span);
        frame.Write(",\"data\":["u8);
        frame.Write(Data.Span);
        frame.Write("]}]"u8);
        (_frameInterest, _frame) = (interest, frame);
        return frame;
    }

    /// <summary>
    /// The chunk, made once for all receivers in the process. If <see cref="IsLeasable"/> it refers to the attachments: a receiver holds them. Else its payload is a copy
    /// that stays valid.
    /// </summary>
    /// <param name="interest">A pattern that matches.</param>
    /// <param name="maxValues">Most values of the headers.</param>
    /// <returns>Null if it is none: clients ignore that, too (spec 05 §5.1).</returns>
    internal ConatChunk? ChunkFor(PatternInterest interest, int maxValues)
    {
        if (!_hasChunk)
        {
            (_chunk, _hasChunk) = (ReadChunk(FrameFor(interest)!, maxValues), true);
        }
        else if (_isFromWithin && !_isCopied)
        {
            _chunk = _chunk! with { Payload = _chunk.Payload.ToArray() };
            _isCopied = true;
        }

        return _chunk;
    }

    /// <summary>Whether it is large, and in buffers that hold little more.</summary>
    internal bool IsLeasable => !_isFromWithin && Attachments.Count == 1 && PayloadBytes >= PayloadArrays.LargeBytes && Attachments[0].IsFull;

    /// <summary>Reads the delivery as a client at the other end of a WebSocket does.</summary>
    private ConatChunk? ReadChunk(SharedBuffer frame, int maxValues)
    {
        var decoder = new SocketIoDecoder(maxValues: maxValues);
        if (!decoder.TryText(frame.Memory.Span[1..], out var packet, out _))
        {
            return null;
        }

        for (var i = 0; i < Attachments.Count; i++)
        {
            if (!decoder.TryBinary(IsLeasable ? Attachments[i].Memory : Attachments[i].Memory.ToArray(), out packet, out _))
            {
                return null;
            }
        }

        return packet is { Arguments: [var delivery, ..] } && ConatChunk.TryReadDelivery(delivery, out var chunk) ? chunk : null;
    }

    /// <summary>Writes the chunk as its publisher would have sent it, and cuts that as it came from there.</summary>
    private bool TryMakeText()
    {
        var attachments = new List<ReadOnlyMemory<byte>>();
        var text = pool.Rent(256);
        SocketIoCodec.Encode(SocketIoPacket.Event("publish", _chunk!.ToPublish()), text, attachments);
        if (PublishFrame.Read(text.Memory, out var publish) != true)
        {
            text.Release();
            return false;
        }

        (SubjectJson, Data, _text, _hasText) = (publish.Subject, publish.Data, text, true);
        Attachments = new AttachmentSet([.. attachments.Select(pool.Copy)]);
        return true;
    }

    private void ForgetFrame()
    {
        _frame?.Release();
        (_frameInterest, _frame) = (null, null);
    }
}
