using System.Buffers;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>
/// One chunk on its way from a publisher to all who get it. It belongs to the publisher and is used again for its next chunk: receivers copy or hold what they
/// need while <see cref="IMessageReceiver.Deliver"/> runs.
/// </summary>
/// <param name="pool">Where frames come from.</param>
public sealed class RoutedMessage(SharedBufferPool pool)
{
    private PatternInterest? _frameInterest;
    private SharedBuffer? _frame;

    /// <summary>The subject, decoded.</summary>
    public ReadOnlyMemory<char> Subject { get; private set; }

    /// <summary>The subject as JSON: <c>"foo.a"</c>.</summary>
    public ReadOnlyMemory<byte> SubjectJson { get; private set; }

    /// <summary>What follows the subject in the publisher's list: <c>"H5BwujPBQO",0,1,0,{"_placeholder":true,"num":0}</c>.</summary>
    public ReadOnlyMemory<byte> Data { get; private set; }

    /// <summary>The binary frames.</summary>
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
    }

    /// <summary>Forgets the chunk.</summary>
    internal void End()
    {
        ForgetFrame();
        Begin(default, default, default, default, "", isDone: false);
    }

    /// <summary>
    /// The text message of the delivery (spec 05 §5.1), made once for all members of a pattern's groups:
    /// <c>451-["foo.*",{"subject":"foo.a","data":["H5BwujPBQO",0,1,0,{"_placeholder":true,"num":0}]}]</c>. Whoever keeps it holds it.
    /// </summary>
    internal SharedBuffer FrameFor(PatternInterest interest)
    {
        if (_frameInterest == interest)
        {
            return _frame!;
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

    private void ForgetFrame()
    {
        _frame?.Release();
        (_frameInterest, _frame) = (null, null);
    }
}
