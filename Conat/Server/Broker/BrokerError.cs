namespace ProjectSilo.Conat.Server.Broker;

/// <summary>What a client gets instead of a result (spec 05 §6): <c>{"error":"Error: permission denied …","code":403}</c>.</summary>
/// <param name="Text">Without <c>Error: </c>.</param>
/// <param name="Code">Null if there is none.</param>
public sealed record BrokerError(string Text, int? Code = null)
{
    public const int Denied = 403;
    public const int LimitReached = 429;

    public static BrokerError InvalidArguments { get; } = new("invalid arguments");

    public static BrokerError InvalidSubject { get; } = new("invalid subject");

    public static BrokerError QueueMissing { get; } = new("queue must be defined");

    public static BrokerError Timeout { get; } = new("timeout");
}
