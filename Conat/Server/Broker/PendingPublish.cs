namespace ProjectSilo.Conat.Server.Broker;

/// <summary>A message whose attachments are still coming.</summary>
internal sealed class PendingPublish(PublishFrame frame)
{
    private SharedBuffer[] _buffers = [];
    private int _count;

    /// <summary>Refers to the text as it was read: no other text may be read before the attachments.</summary>
    public PublishFrame Frame { get; } = frame;

    public AttachmentSet Attachments => _buffers.Length == 1 ? new AttachmentSet(_buffers[0]) : new AttachmentSet(_buffers);

    /// <summary>Takes one over.</summary>
    /// <returns>Whether that was the last one.</returns>
    public bool Add(SharedBuffer attachment)
    {
        if (_buffers.Length == 0)
        {
            _buffers = new SharedBuffer[Frame.Attachments];
        }

        _buffers[_count++] = attachment;
        return _count == Frame.Attachments;
    }

    public void Release()
    {
        for (var i = 0; i < _count; i++)
        {
            _buffers[i].Release();
        }

        _count = 0;
    }
}
