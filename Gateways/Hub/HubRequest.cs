using ProjectSilo.Gateways.Api;

namespace ProjectSilo.Gateways.Hub;

/// <summary>A request of a hub being handled.</summary>
/// <param name="Message">As it came, <c>event</c> and <c>id</c> included.</param>
/// <param name="Caller">The connection's name.</param>
/// <param name="Session">Where the answer goes.</param>
/// <param name="CancellationToken">The connection has ended. Commands go on; what only waits for them does not.</param>
internal sealed record HubRequest(WireValue.Members Message, string Caller, HubSession Session, CancellationToken CancellationToken)
{
    /// <summary>Sends the answer.</summary>
    public void Answer(WireObject answer) => Session.SendAnswer(Message, answer);

    /// <summary>The blob that follows the request; null if it names none.</summary>
    public Task<ReadOnlyMemory<byte>>? Blob { get; init; }

    /// <summary>Sends the answer and a blob right behind it.</summary>
    public void Answer(WireObject answer, string uuid, ReadOnlyMemory<byte> blob) => Session.SendAnswer(Message, answer, uuid, blob.Span);

    /// <summary>Sends an error with exactly this text.</summary>
    public void Refuse(string text) => Session.SendError(Message, text);
}
