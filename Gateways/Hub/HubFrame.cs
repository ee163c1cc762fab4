using System.Buffers;

namespace ProjectSilo.Gateways.Hub;

/// <summary>One frame of the hub protocol.</summary>
/// <param name="Type"><see cref="Json"/>, <see cref="Blob"/>, or whatever byte was sent; 0 for a frame without a type (length 0).</param>
/// <param name="Payload">What follows the type. Valid as long as the buffer it was read from.</param>
public readonly record struct HubFrame(byte Type, ReadOnlySequence<byte> Payload)
{
    /// <summary><c>j</c>: the payload is UTF-8 JSON.</summary>
    public const byte Json = (byte)'j';

    /// <summary><c>b</c>: the payload is 36 ASCII bytes of a UUID, then the blob.</summary>
    public const byte Blob = (byte)'b';
}
