using System.Buffers.Binary;

namespace ProjectSilo.Grains.Formatters;

/// <summary>
/// What goes to prettier's process and comes from it (numbers big-endian): <code>
/// request  | options bytes: u32 | text bytes: u32 | options: JSON | text: UTF-8 |
/// answer   | kind: u8, 0 the text, 1 an error's message | bytes: u32 | UTF-8 |
/// </code>
/// </summary>
internal static class PrettierFrames
{
    public const int AnswerHeadBytes = 5;

    /// <summary>Begins a request.</summary>
    public static byte[] RequestHead(int optionsBytes, int textBytes)
    {
        var head = new byte[2 * sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(head, optionsBytes);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(sizeof(int)), textBytes);
        return head;
    }

    /// <summary>Reads the head of an answer.</summary>
    /// <returns>False if it is none.</returns>
    public static bool TryReadHead(ReadOnlySpan<byte> head, out bool isError, out uint bytes)
    {
        isError = head[0] == 1;
        bytes = BinaryPrimitives.ReadUInt32BigEndian(head[1..]);
        return head[0] <= 1;
    }
}
