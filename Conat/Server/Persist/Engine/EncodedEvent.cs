namespace ProjectSilo.Conat.Server.Persist.Engine;

/// <summary>An event as it is sent.</summary>
/// <param name="Bytes">In MessagePack.</param>
/// <param name="RawBytes">Those of the message's payload.</param>
internal readonly record struct EncodedEvent(ReadOnlyMemory<byte> Bytes, int RawBytes);
