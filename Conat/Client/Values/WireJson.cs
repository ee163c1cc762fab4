using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Unicode;

namespace ProjectSilo.Conat.Values;

/// <summary>
/// JSON text to and from <see cref="WireValue"/>, as JavaScript has it: invalid UTF-8 becomes U+FFFD, lone surrogates are taken and written as escapes, infinite
/// numbers are written as <c>null</c>.
/// </summary>
public static class WireJson
{
    /// <summary>Deeper nesting is refused.</summary>
    public const int MaxDepth = 1_000;

    /// <summary>More values in one text are refused: they take many times the memory of their bytes.</summary>
    public const int MaxValues = 5_000_000;

    /// <summary>Parses one JSON text.</summary>
    /// <returns>False if it is not JSON, nested deeper than <see cref="MaxDepth"/>, or has more than <see cref="MaxValues"/> values.</returns>
    public static bool TryParse(in ReadOnlySequence<byte> json, out WireValue value)
    {
        if (json.IsSingleSegment)
        {
            return TryParse(json.FirstSpan, out value);
        }

        var length = checked((int)json.Length);
        var copy = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            json.CopyTo(copy);
            return TryParse(copy.AsSpan(0, length), out value);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(copy);
        }
    }

    /// <inheritdoc cref="TryParse(in ReadOnlySequence{byte}, out WireValue)"/>
    public static bool TryParse(ReadOnlySpan<byte> json, out WireValue value)
    {
        if (!Utf8.IsValid(json))
        {
            json = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(json));
        }

        return new JsonTextReader(json, MaxValues).TryRead(MaxDepth, out value);
    }

    /// <summary>Writes <paramref name="value"/> as compact JSON.</summary>
    public static void Write(WireValue value, IBufferWriter<byte> output) => JsonTextWriter.Write(value, output);

    /// <summary>The same bytes piece by piece, for a message with large texts: nobody ever holds all of it. A piece is valid until the next one is asked for.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Pieces(WireValue.Members message) => JsonTextWriter.Pieces(message);

    /// <summary>Compact JSON as a string.</summary>
    public static string ToText(WireValue value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Write(value, buffer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>
    /// JSON with the members sorted by name at every level: equal for equal values. Members of the outermost object named in <paramref name="except"/> are left
    /// out.
    /// </summary>
    public static string ToCanonicalText(WireValue value, params ReadOnlySpan<string> except) => ToText(Sorted(value, except));

    private static WireValue Sorted(WireValue value, ReadOnlySpan<string> except)
    {
        if (value is WireValue.Items items)
        {
            return new WireValue.Items([.. items.Values.Select(item => Sorted(item, []))]);
        }

        if (value is not WireValue.Members members)
        {
            return value;
        }

        var sorted = new SortedDictionary<string, WireValue>(StringComparer.Ordinal);
        foreach (var (name, member) in members.Values)
        {
            if (!except.Contains(name))
            {
                sorted[name] = Sorted(member, []);
            }
        }

        return new WireValue.Members([.. sorted]);
    }
}
