using ProjectSilo.Silo.Standalone;
using ProjectSilo.Tests.Conat;

namespace ProjectSilo.Tests.Process;

public sealed class StandaloneTests
{
    [Theory]
    [InlineData("DATA=/d")]
    [InlineData("COCALC_PROJECT_ID=x")]
    [InlineData("COCALC_SECRET_TOKEN=x")]
    [InlineData("CONAT_SERVER=x")]
    [InlineData("NATS_URL=x")]
    [InlineData("API_KEY=x")]
    [InlineData("API_SERVER=x")]
    [InlineData("COMPUTE_SERVER_ID=1")]
    public void IsOn_WithAVariableOfAHub_OnlyIfAsked(string variable)
    {
        Assert.False(StandaloneMode.IsOn(asked: false, SettingsTests.Variables("HOME=/h", variable)));
        Assert.True(StandaloneMode.IsOn(asked: true, SettingsTests.Variables("HOME=/h", variable)));
    }

    [Fact]
    public void IsOn_WithNone() => Assert.True(StandaloneMode.IsOn(asked: false, SettingsTests.Variables("HOME=/h", "PATH=/bin", "DATA=")));

    [Theory]
    [InlineData("/h/.local/state/projectsilo", "HOME=/h")]
    [InlineData("/x/projectsilo", "HOME=/h", "XDG_STATE_HOME=/x")]
    [InlineData("/h/.local/state/projectsilo", "HOME=/h", "XDG_STATE_HOME=relative")]
    [InlineData("/d", "HOME=/h", "DATA=/d")]
    public void DataFolder_FollowsXdg(string expected, params string[] variables) => Assert.Equal(expected, StandaloneMode.DataFolder(SettingsTests.Variables(variables)));

    [Fact]
    public async Task Start_Standalone_MakesIdTokenAndKeyOnceAndKeepsThem()
    {
        await using var daemon = StandaloneDaemon.Create();
        await daemon.StartReadyAsync();
        string[] names = ["project-id", "secret-token", "api-keys"];
        var first = names.Select(daemon.Read).ToArray();
        Assert.All(names, name => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Join(daemon.Data, name))));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(daemon.Data));
        Assert.StartsWith("sk-", first[2], StringComparison.Ordinal);
        daemon.Kill(15);
        await daemon.ExitedAsync();

        await daemon.StartReadyAsync();
        Assert.Equal(first, names.Select(daemon.Read));
        await daemon.WaitUntilAsync(() => daemon.Output.Contains($"http://127.0.0.1:{daemon.BrowserPort}/health", StringComparison.Ordinal), "no greeting");
        using var http = new HttpClient();
        Assert.Equal("OK", await http.GetStringAsync(new Uri($"http://127.0.0.1:{daemon.BrowserPort}/health")));
    }

    [Fact]
    public void ProjectId_ThatIsGiven_IsWrittenDownAndKept()
    {
        const string Id = DaemonProcess.ProjectId;
        using var folder = new TemporaryFolder();
        Assert.Equal(Id, StandaloneState.Prepare(folder.Path, Id, needsToken: true));
        Assert.Equal(Id, File.ReadAllText(folder.File("project-id")));
        Assert.Equal(Id, StandaloneState.Prepare(folder.Path, givenId: null, needsToken: true));
        Assert.Equal("other", StandaloneState.Prepare(folder.Path, "other", needsToken: true));
        Assert.Equal("other", File.ReadAllText(folder.File("project-id")));
    }
}
