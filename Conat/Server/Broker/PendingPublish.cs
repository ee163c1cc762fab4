namespace ProjectSilo.Conat.Server.Broker;

/// <summary>A message whose attachments are still coming; one after the other, for as long as the connection lasts.</summary>
internal sealed class PendingPublish
{
    /// <summary>One for the usual message, which is kept; others are made as they come.</summary>
    private readonly SharedBuffer[] _one = new SharedBuffer[1];
    private SharedBuffer[] _buffers = [];
    private int _count;

    /// <summary>Refers to the text as it was read, which must be kept as long as this is active.</summary>
    public PublishFrame Frame { get; private set; }

    /// <summary>Whether there is one.</summary>
    public bool IsActive { get; private set; }

    public AttachmentSet Attachments => _buffers.Length == 1 ? new AttachmentSet(_buffers[0]) : new AttachmentSet(_buffers);

    public void Begin(PublishFrame frame)
    {
        (Frame, IsActive) = (frame, true);
        _buffers = frame.Attachments == 1 ? _one : new SharedBuffer[frame.Attachments];
    }

    /// <summary>Takes one over.</summary>
    /// <returns>Whether that was the last one.</returns>
    public bool Add(SharedBuffer attachment)
    {
        _buffers[_count++] = attachment;
        return _count == Frame.Attachments;
    }

    /// <summary>That was it.</summary>
    public void Release()
    {
        IsActive = false;
        for (var i = 0; i < _count; i++)
        {
            _buffers[i].Release();
        }

        _count = 0;
    }
}
