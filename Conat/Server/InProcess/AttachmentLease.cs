using ProjectSilo.Conat.Server.Broker;

namespace ProjectSilo.Conat.Server.InProcess;

/// <summary>Holds attachments for one receiver until it is disposed. If it never is, they are collected as anything else.</summary>
internal sealed class AttachmentLease : IDisposable
{
    private readonly AttachmentSet _attachments;
    private int _isReleased;

    public AttachmentLease(AttachmentSet attachments)
    {
        _attachments = attachments;
        attachments.Hold();
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isReleased, 1) == 0)
        {
            _attachments.Release();
        }
    }
}
