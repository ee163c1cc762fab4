using System.Text;

namespace ProjectSilo.Tests.Hub;

/// <summary>A span as OTLP sends it.</summary>
/// <param name="Scope">The name of its activity source.</param>
/// <param name="Name">Its name.</param>
/// <param name="TraceId">16 bytes in hex.</param>
/// <param name="SpanId">8 bytes in hex.</param>
/// <param name="ParentId">8 bytes in hex, or empty for a root.</param>
internal sealed record OtlpSpan(string Scope, string Name, string TraceId, string SpanId, string ParentId)
{
    /// <summary>The spans of an <c>ExportTraceServiceRequest</c>: <c>resource_spans=1 { scope_spans=2 { scope=1 { name=1 } spans=2 {…} } }</c>.</summary>
    public static IEnumerable<OtlpSpan> Parse(byte[] request) =>
        from resourceSpans in Fields(request, 1)
        from scopeSpans in Fields(resourceSpans, 2)
        let scope = Encoding.UTF8.GetString(Fields(Fields(scopeSpans, 1).Single(), 1).SingleOrDefault([]))
        from span in Fields(scopeSpans, 2)
        select new OtlpSpan(
            scope, Encoding.UTF8.GetString(Field(span, 5)), Convert.ToHexStringLower(Field(span, 1)), Convert.ToHexStringLower(Field(span, 2)), Convert.ToHexStringLower(Field(span, 4)));

    private static byte[] Field(byte[] message, int number) => Fields(message, number).SingleOrDefault([]);

    /// <summary>The length-delimited fields of that number in a protobuf message.</summary>
    private static IEnumerable<byte[]> Fields(byte[] message, int number)
    {
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(message, ref at);
            var length = (tag & 7) switch
            {
                0 => SkipVarint(message, ref at),
                1 => sizeof(ulong),
                2 => (int)Varint(message, ref at),
                5 => sizeof(uint),
                var type => throw new InvalidDataException($"wire type {type}"),
            };
            if ((tag & 7) == 2 && tag >> 3 == (ulong)number)
            {
                yield return message[at..(at + length)];
            }

            at += length;
        }
    }

    private static int SkipVarint(byte[] message, ref int at)
    {
        Varint(message, ref at);
        return 0;
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = message[at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
