using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Tests;

namespace ProjectSilo.Gateways.Tests.Api;

/// <summary>
/// The captured calls of <c>editor.formatterString</c> (spec 12 §5), with the tools of this machine. Cases of a tool that isn't there are left out; of a tool in another
/// version than that of the captures, only whether it gives a text or an error counts.
/// </summary>
public sealed class FormatterVectorTests(FormatterProject project) : IClassFixture<FormatterProject>
{
    private static readonly JsonElement File = Vectors.Load("formatters");

    public static TheoryData<string> Cases => [.. File.GetProperty("format").EnumerateArray().Select(entry => entry.GetRawText())];

    [Theory, MemberData(nameof(Cases))]
    public async Task FormatterString_AnswersAsCaptured(string json)
    {
        using var document = JsonDocument.Parse(json);
        var entry = document.RootElement;
        var isAbsent = entry.TryGetProperty("tool_absent", out var absent) && absent.GetBoolean();
        var version = await VersionOf(entry.GetProperty("tool").GetString()!);
        if (version is null && !isAbsent)
        {
            return;
        }

        Assert.True(WireJson.TryParse(Encoding.UTF8.GetBytes(json), out var arguments));
        string? output = null, error = null;
        try
        {
            output = await project.Format((WireValue.Members)arguments, isAbsent);
        }
        catch (Exception exception) when (WireErrors.IsExpected(exception))
        {
            error = WireErrors.Text(exception);
        }

        var expected = entry.GetProperty("expect");
        var (name, actual) = error is null ? ("output", output!) : ("error", error);
        Assert.True(expected.TryGetProperty(name, out var text), $"{name}: {actual}");
        if (isAbsent || IsThatOfTheCaptures(entry.GetProperty("tool").GetString()!, version!))
        {
            AssertFits(text, error is null ? actual : Assert.IsType<string>(WithoutPrefix(actual)));
        }
    }

    private static string? WithoutPrefix(string error) => error.StartsWith("Error: ", StringComparison.Ordinal) ? error["Error: ".Length..] : null;

    private static void AssertFits(JsonElement expected, string actual)
    {
        if (expected.ValueKind == JsonValueKind.String)
        {
            Assert.Equal(expected.GetString(), actual);
        }
        else
        {
            Assert.Matches(new Regex(expected.GetProperty("$regex").GetString()!, RegexOptions.CultureInvariant), actual);
        }
    }

    /// <summary>What the tool says of its version; null if it isn't there.</summary>
    private static async Task<string?> VersionOf(string tool) => tool switch
    {
        "prettier" => Path.Exists(PrettierPackage) ? $"prettier {JsonDocument.Parse(System.IO.File.ReadAllText(PrettierPackage)).RootElement.GetProperty("version").GetString()}" : null,
        "yapf" => await FormatterProject.Version("yapf") ?? await FormatterProject.Version("yapf3"),
        "R formatR" => Directory.Exists("/usr/lib/R/site-library/formatR") ? await FormatterProject.Version("R") : null,
        _ => await FormatterProject.Version(tool),
    };

    private static string PrettierPackage => Path.Join(Vectors.RepositoryRoot(), "tests", "Grains.Tests", "node", "node_modules", "prettier", "package.json");

    /// <summary><c>about.tools</c> is e.g. <c>yapf 0.32.0, clang-format 14, rustfmt 1.63 (1.5.x)</c>.</summary>
    private static bool IsThatOfTheCaptures(string tool, string version)
    {
        var name = tool.Split(' ')[^1];
        var versions = File.GetProperty("about").GetProperty("tools").GetString()!.Split(", ").Select(text => text.Split(' ')).FirstOrDefault(words => words[0] == name);
        return versions is null || name == "formatR" || versions[1..].Any(text => Regex.IsMatch(version, $@"\b{Regex.Escape(text.Trim('(', ')', 'x'))}"));
    }
}
