using System.Collections.Immutable;

namespace ProjectSilo.Conat.Values;

/// <summary>Equality of values by what they say: members by name in any order, lists in theirs, bytes by content, dates by their millisecond, numbers as doubles (spec 07 §5.3).</summary>
public static class WireEquality
{
    /// <summary>Whether both are the same value on the wire. A <see cref="WireValue.Sequence"/> is equal to nothing: it is only sent.</summary>
    public static bool DeepEquals(this WireValue value, WireValue other)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(other);
        return ReferenceEquals(value, other) || (value, other) switch
        {
            (WireValue.Bytes a, WireValue.Bytes b) => a.Value.Span.SequenceEqual(b.Value.Span),
            (WireValue.Extension a, WireValue.Extension b) => a.Type == b.Type && a.Value.Span.SequenceEqual(b.Value.Span),
            (WireValue.Date a, WireValue.Date b) => a.Value.ToUnixTimeMilliseconds() == b.Value.ToUnixTimeMilliseconds(),
            (WireValue.Items a, WireValue.Items b) => SameItems(a.Values, b.Values),
            (WireValue.Members a, WireValue.Members b) => SameMembers(a.Values, b.Values),
            (WireValue.Sequence, _) or (_, WireValue.Sequence) => false,
            (WireValue.Text or WireValue.LongText, WireValue.Text or WireValue.LongText) => TextOf(value) == TextOf(other),
            _ => value.Equals(other),
        };
    }

    private static string TextOf(WireValue text) => text is WireValue.LongText { Pieces: var pieces } ? new WireValue.Text(pieces).Value : ((WireValue.Text)text).Value;

    private static bool SameItems(ImmutableArray<WireValue> items, ImmutableArray<WireValue> others)
    {
        if (items.Length != others.Length)
        {
            return false;
        }

        for (var i = 0; i < items.Length; i++)
        {
            if (!items[i].DeepEquals(others[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool SameMembers(ImmutableArray<KeyValuePair<string, WireValue>> members, ImmutableArray<KeyValuePair<string, WireValue>> others)
    {
        var values = ByName(members);
        var otherValues = ByName(others);
        if (values.Count != otherValues.Count)
        {
            return false;
        }

        foreach (var (name, value) in values)
        {
            if (!otherValues.TryGetValue(name, out var other) || !value.DeepEquals(other))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Of two with the same name the last one counts.</summary>
    private static Dictionary<string, WireValue> ByName(ImmutableArray<KeyValuePair<string, WireValue>> members)
    {
        var values = new Dictionary<string, WireValue>(members.Length, StringComparer.Ordinal);
        foreach (var (name, value) in members)
        {
            values[name] = value;
        }

        return values;
    }
}
