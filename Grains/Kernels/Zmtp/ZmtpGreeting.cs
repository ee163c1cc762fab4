using System.Buffers;

namespace ProjectSilo.Grains.Kernels.Zmtp;

/// <summary>
/// The first 64 bytes of both sides (spec 10 §4.3):
/// <code>
///  0        8  9  10    12                 32         33        64
/// +--+-------+--+--+-----+------------------+----------+---------+
/// |FF|  any  |7F|version | "NULL" 00 00 …   |as server | 00 00 … |
/// +--+-------+--+--------+------------------+----------+---------+
/// </code>
/// </summary>
internal static class ZmtpGreeting
{
    public const int Length = 64;

    private const int SignatureEnd = 9;
    private const int MajorVersion = 10;
    private const int Mechanism = 12;
    private const int MechanismLength = 20;

    // 3.0 keeps the old form of subscriptions, a message; a peer of 3.1 understands it.
    private static readonly byte[] Greeting =
    [
        0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 3, 0, .. "NULL"u8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];

    /// <summary>Ours: version 3.0, NULL, not the server.</summary>
    public static ReadOnlyMemory<byte> Ours => Greeting;

    /// <summary>Checks the beginning of a peer's: version 3 or later, NULL.</summary>
    /// <returns><see cref="OperationStatus.InvalidData"/> as soon as it can't be one any more, however little has come.</returns>
    public static OperationStatus Check(ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < bytes.Length && i < Mechanism + MechanismLength; i++)
        {
            var isGood = i switch
            {
                0 => bytes[i] == 0xFF,
                SignatureEnd => bytes[i] == 0x7F,
                MajorVersion => bytes[i] >= 3,
                >= Mechanism => bytes[i] == Greeting[i],
                _ => true,
            };
            if (!isGood)
            {
                return OperationStatus.InvalidData;
            }
        }

        return bytes.Length < Length ? OperationStatus.NeedMoreData : OperationStatus.Done;
    }
}
