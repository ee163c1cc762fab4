using System.Buffers;

namespace ProjectSilo.Tests;

/// <summary>Bytes as they come from a pipe: in segments.</summary>
internal static class Segments
{
    /// <summary><paramref name="bytes"/> cut after each of <paramref name="lengths"/> bytes in turn, empty segments included; the rest is one more segment.</summary>
    public static ReadOnlySequence<byte> Of(ReadOnlyMemory<byte> bytes, params IEnumerable<int> lengths)
    {
        var first = new Segment(default, null);
        var last = first;
        foreach (var length in lengths)
        {
            var count = Math.Clamp(length, 0, bytes.Length);
            last = new Segment(bytes[..count], last);
            bytes = bytes[count..];
        }

        last = new Segment(bytes, last);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? previous)
        {
            Memory = memory;
            if (previous is not null)
            {
                RunningIndex = previous.RunningIndex + previous.Memory.Length;
                previous.Next = this;
            }
        }
    }
}
