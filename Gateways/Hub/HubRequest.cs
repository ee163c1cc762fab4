using ProjectSilo.Conat.Values;

namespace ProjectSilo.Gateways.Hub;

/// <summary>A request of a hub being handled.</summary>
/// <param name="Message">As it came, <c>event</c> and <c>id</c> included.</param>
/// <param name="Caller">The connection's name.</param>
/// <param name="Session">Where the answer goes.</param>
/// <param name="CancellationToken">The connection has ended. Commands go on; what only waits for them does not.</param>
internal sealed record HubRequest(WireValue.Members Message, string Caller, HubSession Session, CancellationToken CancellationToken)
{
    /// <summary>The blob that the request announced.</summary>
    public ReadOnlyMemory<byte> Blob { get; init; }

    /// <summary>Sends the answer. Completes when a large one is written.</summary>
    public Task Answer(WireObject answer) => Session.SendAnswer(Message, answer);

    /// <summary>Sends the answer and a blob right behind it.</summary>
    public Task Answer(WireObject answer, string uuid, ReadOnlyMemory<byte> blob) => Session.SendAnswer(Message, answer, uuid, blob);

    /// <summary>Sends an error with exactly this text.</summary>
    public void Refuse(string text) => Session.SendError(Message, text);
}
