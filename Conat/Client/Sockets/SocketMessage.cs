using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Sockets;

/// <summary>A data message as it is sent, and sent again.</summary>
/// <param name="Raw">The payload in MessagePack.</param>
/// <param name="Headers">The application's, and the number.</param>
internal sealed record SocketMessage(ReadOnlyMemory<byte> Raw, WireValue.Members Headers);
