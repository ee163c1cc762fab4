using System.Buffers;

namespace ProjectSilo.Grains.Kernels.Zmtp;

/// <summary>A whole message: its frames with their heads, one behind the other, as on the wire and checked. Only a <see cref="ZmtpDecoder"/> makes one of what came from outside.</summary>
/// <param name="Wire"><c>01 05 hello 00 05 world</c></param>
internal readonly record struct ZmtpMessage(ReadOnlyMemory<byte> Wire)
{
    /// <summary>In place of a message that was longer than allowed.</summary>
    public static ZmtpMessage TooLarge => default;

    /// <summary>A message has a frame at least, be it empty.</summary>
    public bool IsTooLarge => Wire.IsEmpty;

    /// <summary>A message of these frames.</summary>
    public static ZmtpMessage Of(params ReadOnlySpan<byte[]> frames)
    {
        var output = new ArrayBufferWriter<byte>();
        for (var i = 0; i < frames.Length; i++)
        {
            ZmtpFrame.Write(frames[i], hasMore: i < frames.Length - 1, output);
        }

        return new ZmtpMessage(output.WrittenMemory);
    }

    /// <summary>The frames' bodies, in their order.</summary>
    public FrameEnumerator GetEnumerator() => new(Wire);

    /// <summary>Goes over the frames' bodies.</summary>
    public struct FrameEnumerator(ReadOnlyMemory<byte> wire)
    {
        private ReadOnlyMemory<byte> _rest = wire;

        public ReadOnlyMemory<byte> Current { get; private set; }

        public bool MoveNext()
        {
            if (ZmtpFrame.TryRead(_rest.Span, out var frame) != OperationStatus.Done)
            {
                return false;
            }

            Current = _rest.Slice(frame.HeadLength, (int)frame.BodyLength);
            _rest = _rest[(frame.HeadLength + (int)frame.BodyLength)..];
            return true;
        }
    }
}
