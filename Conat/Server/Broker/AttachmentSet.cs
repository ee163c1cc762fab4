namespace ProjectSilo.Conat.Server.Broker;

/// <summary>The binary frames of one packet: nearly always one, so that one needs no list.</summary>
public readonly struct AttachmentSet
{
    private readonly SharedBuffer? _only;
    private readonly SharedBuffer[]? _more;

    public AttachmentSet(SharedBuffer only)
    {
        _only = only;
        Count = 1;
        Bytes = only.Length;
    }

    public AttachmentSet(SharedBuffer[] buffers)
    {
        _more = buffers;
        Count = buffers.Length;
        Bytes = buffers.Sum(buffer => (long)buffer.Length);
    }

    public int Count { get; }

    /// <summary>Of all together.</summary>
    public long Bytes { get; }

    public SharedBuffer this[int index] => _more is null ? _only! : _more[index];

    /// <summary>One more holder of each.</summary>
    public void Hold()
    {
        for (var i = 0; i < Count; i++)
        {
            this[i].Hold();
        }
    }

    /// <summary>One holder less of each.</summary>
    public void Release()
    {
        for (var i = 0; i < Count; i++)
        {
            this[i].Release();
        }
    }
}
