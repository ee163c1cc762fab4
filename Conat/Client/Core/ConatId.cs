using System.Buffers.Binary;

namespace ProjectSilo.Conat.Core;

/// <summary>The random names of the bus: message ids, inboxes, queue groups (spec 05 §5.1).</summary>
public static class ConatId
{
    /// <summary>Characters of an id.</summary>
    public const int Length = 10;

    private const string Alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    /// <summary>10 characters <c>[0-9a-zA-Z]</c>, not to be guessed: <c>H5BwujPBQO</c>.</summary>
    public static string New() => string.Create(Length, Guid.NewGuid(), static (text, guid) =>
    {
        // A new GUID is 122 bits of the system's cryptographic generator, which unlike the framework's RandomNumberGenerator doesn't bring 5 MB of OpenSSL into the
        // process. 62^10 is less than 2^60, so what a remainder makes likelier is less than one in 2^50.
        Span<byte> bytes = stackalloc byte[16];
        guid.TryWriteBytes(bytes);

        // The six fixed bits are in bytes 7 and 8.
        var random = ((UInt128)(BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]) >> 8) << 56) | (BinaryPrimitives.ReadUInt64LittleEndian(bytes) & 0x00FF_FFFF_FFFF_FFFF);
        for (var i = 0; i < text.Length; i++)
        {
            (random, var index) = UInt128.DivRem(random, (UInt128)Alphabet.Length);
            text[i] = Alphabet[(int)index];
        }
    });
}
