using ProjectSilo.Conat.Samples;

namespace ProjectSilo.Tests.Conat;

/// <summary>The call that docs/conat.md shows.</summary>
public sealed class DaemonSampleTests(StandaloneDaemon daemon) : IClassFixture<StandaloneDaemon>
{
    [Fact]
    public async Task Sample_RunsACommandInTheProject()
    {
        var output = await DaemonSample.RunAsync($"http://127.0.0.1:{daemon.Process.BrowserPort}", daemon.Process.Read("project-id"), daemon.Process.Read("secret-token")).Within();
        Assert.Equal("Linux\n", output);
    }

    [Fact]
    public async Task Documentation_QuotesTheSampleAsItIs()
    {
        var root = Vectors.RepositoryRoot();
        var sample = await File.ReadAllTextAsync(Path.Join(root, "Conat", "Samples", "DaemonSample.cs"));
        var documentation = await File.ReadAllTextAsync(Path.Join(root, "docs", "conat.md"));
        var shown = Between(sample, "// docs/conat.md shows from here\n", "        // to here.");
        Assert.Equal(shown.Replace("\n        ", "\n", StringComparison.Ordinal)[8..], Between(documentation, "```csharp\n", "```"));
    }

    private static string Between(string text, string begin, string end) => text.Split(begin)[1].Split(end)[0];
}
