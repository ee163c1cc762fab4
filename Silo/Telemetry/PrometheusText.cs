using System.Globalization;
using System.Text;

namespace ProjectSilo.Silo.Telemetry;

/// <summary>Builds the Prometheus text format 0.0.4. Every sample carries the common labels first.</summary>
/// <param name="commonLabels">Label pairs as they go between the braces, e.g. <c>project_id="a",session_id="b"</c>.</param>
internal sealed class PrometheusText(string commonLabels)
{
    private readonly StringBuilder _text = new();

    /// <summary>One pair, e.g. <c>path="a\\b"</c>.</summary>
    public static string Label(string name, string value) => $"{Name(name)}=\"{EscapeValue(value)}\"";

    /// <summary>A name that the format allows: dots, and whatever else is not allowed, become underscores.</summary>
    public static string Name(string name) =>
        string.Create(name.Length, name, static (result, name) =>
        {
            for (var i = 0; i < name.Length; i++)
            {
                result[i] = char.IsAsciiLetter(name[i]) || name[i] is '_' or ':' || (char.IsAsciiDigit(name[i]) && i > 0) ? name[i] : '_';
            }
        });

    /// <summary>The two comment lines before the samples of a metric.</summary>
    public void Metric(string name, string type, string help) =>
        _text.Append("# HELP ").Append(name).Append(' ').Append(EscapeHelp(help)).Append('\n')
            .Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');

    /// <param name="labels">Further pairs, joined by commas, or empty.</param>
    public void Sample(string name, double value, string labels = "")
    {
        _text.Append(name).Append('{').Append(commonLabels);
        if (labels.Length > 0)
        {
            _text.Append(',').Append(labels);
        }

        _text.Append("} ").Append(Number(value)).Append('\n');
    }

    /// <summary>A metric with one sample.</summary>
    public void Single(string name, string type, string help, double value)
    {
        Metric(name, type, help);
        Sample(name, value);
    }

    public void EmptyLine() => _text.Append('\n');

    public override string ToString() => _text.ToString();

    /// <summary>A number as the format wants it; infinity is <c>+Inf</c>.</summary>
    public static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string EscapeValue(string value) => EscapeHelp(value).Replace("\"", "\\\"", StringComparison.Ordinal);

    private static string EscapeHelp(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
