using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ProjectSilo.Silo.ProjectEnvironment;

/// <summary><c>COCALC_EXTRA_ENV</c>: variables that a user set for the project, as base64 of a JSON object (spec 01 §2.4 step 6).</summary>
internal static class ExtraEnvironment
{
    private const int MaxDepth = 1000;

    /// <summary>
    /// The members with a non-empty string as value, in their order; an array counts, its keys are <c>0</c>, <c>1</c>, ... Names that no environment
    /// can hold are left out. <c>null</c> if the text is not base64 of a JSON object or array.
    /// </summary>
    public static IReadOnlyList<KeyValuePair<string, string>>? Decode(string base64)
    {
        try
        {
            using var document = JsonDocument.Parse(Encoding.UTF8.GetString(FromBase64(base64)), new JsonDocumentOptions { MaxDepth = MaxDepth });
            var members = document.RootElement.ValueKind switch
            {
                JsonValueKind.Object => document.RootElement.EnumerateObject().Select(member => Member(() => member.Name, member.Value)),
                JsonValueKind.Array => document.RootElement.EnumerateArray()
                    .Select((value, index) => Member(() => index.ToString(CultureInfo.InvariantCulture), value)),
                _ => null,
            };
            return members is null ? null : LastOfEachName(members.OfType<KeyValuePair<string, string>>()).ToArray();
        }
        catch (Exception exception) when (exception is FormatException or JsonException)
        {
            return null;
        }
    }

    /// <summary>
    /// <paramref name="environment"/> with <paramref name="variables"/> set. <c>PATH</c> is special: <c>$PATH</c> in it stands for the current value;
    /// a value without goes before the current one.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Apply(
        IEnumerable<KeyValuePair<string, string>> environment, IEnumerable<KeyValuePair<string, string>> variables)
    {
        var result = environment.ToDictionary(StringComparer.Ordinal);
        foreach (var (name, value) in variables)
        {
            result[name] = name == "PATH" ? CombinePath(value, result.GetValueOrDefault("PATH")) : value;
        }

        return result;
    }

    private static string CombinePath(string value, string? current)
    {
        if (value.Contains("$PATH", StringComparison.Ordinal))
        {
            return value.Replace("$PATH", current ?? "", StringComparison.Ordinal);
        }

        return current is null ? value : $"{value}:{current}";
    }

    /// <summary>As lenient as the reference's decoder: URL-safe digits and missing padding are fine.</summary>
    private static byte[] FromBase64(string text)
    {
        var digits = text.Replace('-', '+').Replace('_', '/').TrimEnd('=', '\n', '\r', ' ');
        return Convert.FromBase64String(digits.PadRight((digits.Length + 3) / 4 * 4, '='));
    }

    private static KeyValuePair<string, string>? Member(Func<string> name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        try
        {
            var member = KeyValuePair.Create(name(), value.GetString()!);
            var valid = member.Key.Length > 0 && member.Key.AsSpan().IndexOfAny('=', '\0') < 0
                && member.Value.Length > 0 && !member.Value.Contains('\0', StringComparison.Ordinal);
            return valid ? member : null;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, written as an escape: JSON allows it, no environment can hold it.
            return null;
        }
    }

    private static OrderedDictionary<string, string> LastOfEachName(IEnumerable<KeyValuePair<string, string>> members)
    {
        var last = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in members)
        {
            last[name] = value;
        }

        return last;
    }
}
