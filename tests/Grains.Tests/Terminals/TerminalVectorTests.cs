using System.Collections.Immutable;
using System.Text.Json;
using ProjectSilo.Grains.Interfaces.Terminals;
using ProjectSilo.Grains.Project;
using ProjectSilo.Grains.Terminals;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Terminals;

/// <summary>Every case of <c>terminal-names.json</c>.</summary>
public sealed class TerminalVectorTests
{
    private const string Home = "/home/of user";
    private static readonly JsonElement All = Vectors.Load("terminal-names");

    public static TheoryData<int> Names => Cases("names");

    public static TheoryData<int> Sizes => Cases("sizes");

    public static TheoryData<int> Messages => Cases("osc");

    [Theory]
    [MemberData(nameof(Names))]
    public void Names_AsCaptured(int number)
    {
        var item = All.GetProperty("names")[number];
        var project = new ProjectSettings
        {
            ProjectId = "812abe34-a382-4bd1-9071-29b6f4334f03",
            Home = Home,
            Environment = ImmutableDictionary<string, string>.Empty.Add("TMUX", "x").Add("DEBUG", "x"),
        };
        var command = item.GetProperty("command").GetString();
        var path = item.GetProperty("termPath").GetString()!;
        var launch = new TerminalLaunch(project, path, new TerminalOptions { Path = item.GetProperty("path").GetString(), Command = command });
        var start = launch.Prepare();

        Assert.Equal(InHome(item.GetProperty("cwd_default").GetString()!), start.WorkingDirectory);
        Assert.Equal(command ?? "/bin/bash", start.Program);
        Assert.Equal(item.GetProperty("COCALC_TERMINAL_FILENAME").GetString(), start.Environment["COCALC_TERMINAL_FILENAME"]);
        Assert.Equal(item.GetProperty("HISTFILE").GetString() is { } history ? InHome(history) : null, start.Environment.GetValueOrDefault("HISTFILE"));
        Assert.Equal("xterm", start.Environment["TERM"]);
        Assert.Equal("history -a", start.Environment["PROMPT_COMMAND"]);
        Assert.False(start.Environment.ContainsKey("TMUX"));
        Assert.False(start.Environment.ContainsKey("DEBUG"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void InitFile_AsCaptured(int number)
    {
        var item = All.GetProperty("names")[number];
        var path = item.GetProperty("termPath").GetString()!;
        if (path.StartsWith('/'))
        {
            return;
        }

        using var folder = new TemporaryFolder();
        var file = Path.Join(folder.Path, item.GetProperty("init_filename").GetString());
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, "");
        var project = new ProjectSettings { ProjectId = "812abe34-a382-4bd1-9071-29b6f4334f03", Home = folder.Path, Environment = ImmutableDictionary<string, string>.Empty };
        IEnumerable<string> arguments = new TerminalLaunch(project, path, new TerminalOptions { Arguments = ["-x"] }).Prepare().Arguments;
        Assert.Equal(["-x", "--init-file", item.GetProperty("init_file_argument").GetString()!], arguments);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Sizes_AsCaptured(int number)
    {
        var item = All.GetProperty("sizes")[number];
        var time = new FakeTimeProvider();
        var sizes = new BrowserSizes(time);
        TerminalSize? common = null;
        foreach (var step in item.GetProperty("events").EnumerateArray())
        {
            if (step.TryGetProperty("size", out var size))
            {
                sizes.Set(
                    size.GetProperty("browser_id").GetString()!,
                    new TerminalSize(size.GetProperty("rows").GetInt32(), size.GetProperty("cols").GetInt32()),
                    size.TryGetProperty("kick", out var kick) && kick.GetBoolean());
                common = sizes.Common();
            }
            else if (step.TryGetProperty("close", out var browser))
            {
                sizes.Remove(browser.GetString()!);
                common = sizes.Common();
            }
            else
            {
                time.Advance(TimeSpan.FromMilliseconds(step.GetProperty("wait_ms").GetDouble()));
            }
        }

        var expected = item.GetProperty("expect");
        Assert.Equal(
            expected.ValueKind == JsonValueKind.Null ? null : new TerminalSize(expected.GetProperty("rows").GetInt32(), expected.GetProperty("cols").GetInt32()), common);
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void Messages_AsCaptured(int number)
    {
        var item = All.GetProperty("osc")[number];
        var messages = new EscapeMessages();
        var found = item.GetProperty("chunks").EnumerateArray().SelectMany(chunk => messages.Take(chunk.GetString()!)).ToArray();
        Assert.Equal(item.GetProperty("expect").EnumerateArray().Select(message => message.GetRawText().Replace(" ", "", StringComparison.Ordinal).ReplaceLineEndings("")), found.Select(Normal));
    }

    /// <summary>In any pieces the same is found.</summary>
    [Theory]
    [MemberData(nameof(Messages))]
    public void Messages_CharacterByCharacter(int number)
    {
        var chunks = All.GetProperty("osc")[number].GetProperty("chunks").EnumerateArray().Select(chunk => chunk.GetString()!).ToArray();
        var (whole, single) = (new EscapeMessages(), new EscapeMessages());
        Assert.Equal(
            chunks.SelectMany(whole.Take).ToArray(),
            string.Concat(chunks).SelectMany(character => single.Take(character.ToString())).ToArray());
    }

    private static string Normal(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.GetRawText().Replace(" ", "", StringComparison.Ordinal);
    }

    private static string InHome(string path) =>
        path == "$HOME" ? Home : path.StartsWith("$HOME/", StringComparison.Ordinal) ? Home + path["$HOME".Length..] : path.StartsWith('/') ? path : $"{Home}/{path}";

    private static TheoryData<int> Cases(string group) => [.. Enumerable.Range(0, All.GetProperty(group).GetArrayLength())];
}
