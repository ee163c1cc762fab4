using System.Collections.Immutable;
using System.Globalization;

namespace ProjectSilo.Conat.Values;

/// <summary>JavaScript's conversions, which decide what a loosely typed argument means on these wires.</summary>
public static class JavaScript
{
    /// <summary>Whether a condition would hold: everything but null, false, 0, NaN and the empty string.</summary>
    public static bool IsTruthy(this WireValue value) => value switch
    {
        WireValue.Nothing => false,
        WireValue.Bool flag => flag.Value,
        WireValue.Number number => number.Value != 0 && !double.IsNaN(number.Value),
        WireValue.Text text => text.Value.Length > 0,
        _ => true,
    };

    /// <summary>The number, or that which a string spells; null for anything else.</summary>
    public static double? AsNumber(this WireValue value) => value switch
    {
        WireValue.Number number => number.Value,
        WireValue.Text text when double.TryParse(text.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };

    /// <summary>The string, or null for anything else.</summary>
    public static string? AsText(this WireValue value) => (value as WireValue.Text)?.Value;

    /// <summary>What <c>String(value)</c> gives for a scalar; null for lists, objects and null.</summary>
    public static string? ScalarToText(this WireValue value) => value switch
    {
        WireValue.Text text => text.Value,
        WireValue.Bool flag => flag.Value ? "true" : "false",
        WireValue.Number number => NumberToText(number.Value),
        _ => null,
    };

    /// <summary>What a template string shows for a member: <c>undefined</c> if absent, lists joined by commas.</summary>
    public static string Show(this WireValue value) => value switch
    {
        WireValue.Nothing => "undefined",
        WireValue.Items items => string.Join(',', items.Values.Select(item => item is WireValue.Nothing ? "" : item.Show())),
        WireValue.Members => "[object Object]",
        WireValue.Bytes => "[object Uint8Array]",
        _ => value.ScalarToText() ?? WireJson.ToText(value),
    };

    /// <summary>
    /// Members as a JavaScript object has them: names that are array indices first, ascending, then the others as they were added; of two with the same name the
    /// value of the last one, in the place of the first.
    /// </summary>
    internal static ImmutableArray<KeyValuePair<string, WireValue>> InPropertyOrder(ImmutableArray<KeyValuePair<string, WireValue>> members)
    {
        if (!HasIndex(members) && !HasDuplicate(members))
        {
            return members;
        }

        var places = new Dictionary<string, int>(members.Length, StringComparer.Ordinal);
        var indices = new SortedDictionary<uint, KeyValuePair<string, WireValue>>();
        var others = ImmutableArray.CreateBuilder<KeyValuePair<string, WireValue>>(members.Length);
        foreach (var member in members)
        {
            if (TryIndex(member.Key, out var index))
            {
                indices[index] = member;
            }
            else if (places.TryAdd(member.Key, others.Count))
            {
                others.Add(member);
            }
            else
            {
                others[places[member.Key]] = member;
            }
        }

        return [.. indices.Values, .. others];
    }

    private static bool HasIndex(ImmutableArray<KeyValuePair<string, WireValue>> members)
    {
        foreach (var member in members)
        {
            if (TryIndex(member.Key, out _))
            {
                return true;
            }
        }

        return false;
    }

    private static bool HasDuplicate(ImmutableArray<KeyValuePair<string, WireValue>> members)
    {
        const int FewMembers = 12;
        if (members.Length > FewMembers)
        {
            var names = new HashSet<string>(members.Length, StringComparer.Ordinal);
            foreach (var member in members)
            {
                if (!names.Add(member.Key))
                {
                    return true;
                }
            }

            return false;
        }

        for (var i = 1; i < members.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (members[i].Key == members[j].Key)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Whether <paramref name="name"/> is <c>0</c> … <c>4294967294</c> in its shortest form.</summary>
    private static bool TryIndex(string name, out uint index)
    {
        index = 0;
        return name.Length is > 0 and <= 10 && char.IsAsciiDigit(name[0]) && (name[0] != '0' || name.Length == 1)
            && uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out index) && index != uint.MaxValue;
    }

    /// <summary>What <c>String(number)</c> gives: <c>0</c> for -0, <c>1e+21</c>, <c>0.000001</c>, <c>1e-7</c>.</summary>
    public static string NumberToText(double number)
    {
        const double MaxSafeInteger = 9007199254740991;
        if (double.IsInteger(number) && Math.Abs(number) <= MaxSafeInteger)
        {
            return ((long)number).ToString(CultureInfo.InvariantCulture);
        }

        if (!double.IsFinite(number))
        {
            return double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity";
        }

        // .NET and JavaScript agree on the digits (the fewest that give the number back), not on where they put the point and when they write an exponent.
        var parts = Math.Abs(number).ToString("R", CultureInfo.InvariantCulture).Split('E');
        var mantissa = parts[0];
        var dot = mantissa.IndexOf('.', StringComparison.Ordinal);
        var point = (dot < 0 ? mantissa.Length : dot) + (parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0);
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        var significant = digits.TrimStart('0');
        return (number < 0 ? "-" : "") + Layout(significant.TrimEnd('0'), point - (digits.Length - significant.Length));
    }

    /// <param name="digits">Significant digits.</param>
    /// <param name="point">Where the decimal point is: after so many digits, or so many zeros before them.</param>
    private static string Layout(string digits, int point)
    {
        if (point is > 21 or <= -6)
        {
            var exponent = point - 1;
            var fraction = digits.Length > 1 ? "." + digits[1..] : "";
            return string.Create(CultureInfo.InvariantCulture, $"{digits[0]}{fraction}e{(exponent < 0 ? "-" : "+")}{Math.Abs(exponent)}");
        }

        return point <= 0 ? "0." + new string('0', -point) + digits
            : point >= digits.Length ? digits.PadRight(point, '0')
            : digits[..point] + "." + digits[point..];
    }
}
