using System.Net.WebSockets;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>What a connection sends as a whole: a text, then its attachments; or the end of the WebSocket.</summary>
/// <param name="Text">A text message.</param>
/// <param name="Owner">Whose memory that is; null if nobody's.</param>
/// <param name="Attachments">Binary messages.</param>
/// <param name="Close">Nothing comes after it: the WebSocket ends with this status.</param>
internal readonly record struct OutgoingPacket(
    ReadOnlyMemory<byte> Text, SharedBuffer? Owner = null, AttachmentSet Attachments = default, WebSocketCloseStatus? Close = null)
{
    /// <summary>Takes a little for the packet itself, so that empty ones are bounded too.</summary>
    private const int OverheadBytes = 64;

    public long Bytes => Text.Length + Attachments.Bytes + OverheadBytes;

    public void Release()
    {
        Owner?.Release();
        Attachments.Release();
    }
}
