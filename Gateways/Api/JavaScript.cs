using System.Globalization;

namespace ProjectSilo.Gateways.Api;

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
        _ => value.ScalarToText()!,
    };

    private static string NumberToText(double number) =>
        double.IsInteger(number) && Math.Abs(number) < 1e21
            ? number.ToString("F0", CultureInfo.InvariantCulture)
            : number.ToString("R", CultureInfo.InvariantCulture);
}
