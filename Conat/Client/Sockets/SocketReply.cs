using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;

namespace ProjectSilo.Conat.Sockets;

/// <summary>One of the answers to a request to all connections.</summary>
/// <param name="Connection">Whose it is.</param>
/// <param name="Message">The answer; null if there is none.</param>
/// <param name="Error">Why there is none; null if there is one.</param>
public sealed record SocketReply(ConatSocketConnection Connection, ConatMessage? Message, ConatException? Error);
