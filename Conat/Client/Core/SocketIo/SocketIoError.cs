namespace ProjectSilo.Conat.Core.SocketIo;

/// <summary>What is wrong with a packet. Each of them ends the connection (spec 05 §1.4).</summary>
public enum SocketIoError
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary><c>4</c> alone.</summary>
    Empty,

    /// <summary>The type is none of <see cref="SocketIoPacketType"/>.</summary>
    UnknownType,

    /// <summary>The number of attachments is no number, 0, too large, or not followed by <c>-</c>: <c>45x-</c>.</summary>
    InvalidAttachmentCount,

    /// <summary>An ack id beyond 2^53, which JavaScript can't count to.</summary>
    InvalidAckId,

    /// <summary>What follows is not JSON, nested too deep or too large.</summary>
    InvalidJson,

    /// <summary>JSON that the packet can't have: an event that is no list beginning with a string (<c>42[]</c>), an ack that is no list.</summary>
    InvalidData,

    /// <summary>A placeholder's <c>num</c> is no integer, or there is no such attachment.</summary>
    InvalidPlaceholder,

    /// <summary>A binary message that no packet waits for.</summary>
    UnexpectedAttachment,

    /// <summary>A packet came while another waits for its attachments.</summary>
    AttachmentMissing,
}
