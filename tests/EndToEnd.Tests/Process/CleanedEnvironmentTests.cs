using System.Text;
using ProjectSilo.Silo.ProjectEnvironment;

namespace ProjectSilo.Tests.Process;

public sealed class CleanedEnvironmentTests
{
    [Fact]
    public void Create_RemovesWhatSpecificationNames()
    {
        var cleaned = Clean(
            "PATH=/cocalc/nvm/x:/bin:/cocalc/nvm2:/usr/bin", "API_KEY=k", "BASE_PATH=/", "NODE_PATH=x", "NODE_VERSION=x", "NVM_CD_FLAGS=x", "NVM_DIR=x", "NVM_BIN=x",
            "PATH_COCALC=x", "COCALC_ROOT=x", "DEBUG_CONSOLE=x", "CONAT_SERVER=http://x", "PORT=1", "HISTFILE=x", "PROMPT_COMMAND=x", "npm_config_x=y",
            "USER=u", "LOGS=/d", "COCALC_USERNAME=u", "COCALC_SECRET_TOKEN=/d/secret-token", "COCALC_EXTRA_ENV=e30=", "MINE=1").Children;
        Assert.Equal(
            ["COCALC_EXTRA_ENV", "COCALC_PROJECT_ID", "COCALC_SECRET_TOKEN", "COCALC_USERNAME", "HOME", "LOGS", "MINE", "PATH", "SMC", "USER"],
            cleaned.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("/bin:/usr/bin", "/d"), (cleaned["PATH"], cleaned["SMC"]));
    }

    [Fact]
    public void Create_KeepsOurRuntimesVariablesFromChildrenUnlessTheUserSetThem()
    {
        var cleaned = Clean("DOTNET_gcServer=0", "ASPNETCORE_URLS=x", "OTEL_EXPORTER_OTLP_ENDPOINT=http://x", "PROJECTSILO_A=b", Extra("""{"DOTNET_ROOT":"/mine"}"""));
        Assert.Equal(["DOTNET_ROOT"], cleaned.Children.Keys.Where(name => name.Contains('_', StringComparison.Ordinal) && !name.StartsWith("COCALC_", StringComparison.Ordinal)));
        Assert.Equal("http://x", cleaned.Own["OTEL_EXPORTER_OTLP_ENDPOINT"]);
    }

    [Fact]
    public void Create_ForAComputeServer_SetsDisplay() => Assert.Equal(":0", Clean("COMPUTE_SERVER_ID=1").Children["DISPLAY"]);

    [Fact]
    public void Create_OfTheSpecifiedRows_IsCumulative()
    {
        var rows = new (string Json, string Path)[]
        {
            ("""{"A":"1","B":2,"C":"","PATH":"/new"}""", "/new:/a:/b"),
            ("""{"PATH":"$PATH:/after:$PATH"}""", "/new:/a:/b:/after:/new:/a:/b"),
            ("not json", "/new:/a:/b:/after:/new:/a:/b"),
            ("""["x","y"]""", "/new:/a:/b:/after:/new:/a:/b"),
            ("{\"D\":null,\"E\":\"x y\\n z\",\" F \":\"g\"}", "/new:/a:/b:/after:/new:/a:/b"),
        };
        var environment = Clean("PATH=/a:/b").Children;
        foreach (var (json, path) in rows)
        {
            environment = ExtraEnvironment.Apply(environment, ExtraEnvironment.Decode(Base64(json)) ?? []);
            Assert.Equal(path, environment["PATH"]);
        }

        Assert.Equal(("1", "x", "y", "x y\n z", "g"), (environment["A"], environment["0"], environment["1"], environment["E"], environment[" F "]));
        Assert.DoesNotContain(environment.Keys, name => name is "B" or "C" or "D");
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("null")]
    [InlineData("\"str\"")]
    public void Decode_OfWhatIsNoObject_GivesNothing(string json) => Assert.Null(ExtraEnvironment.Decode(Base64(json)));

    [Fact]
    public void Decode_OfBadBase64_GivesNothing() => Assert.Null(ExtraEnvironment.Decode("%%%"));

    [Fact]
    public void Decode_OfNamesNoEnvironmentCanHold_SkipsThem() =>
        Assert.Equal(["OK"], ExtraEnvironment.Decode(Base64("""{"":"a","A=B":"c","N\u0000":"d","V":"\u0000","S":"\ud800","OK":"1"}"""))!.Select(variable => variable.Key));

    private static CleanedEnvironment Clean(params string[] variables)
    {
        var settings = SettingsTests.ReadProject(variables);
        return CleanedEnvironment.Create(
            SettingsTests.Variables(["HOME=/h", "DATA=/d", "COCALC_PROJECT_ID=" + DaemonProcess.ProjectId, .. variables]), settings, preload: null);
    }

    private static string Extra(string json) => "COCALC_EXTRA_ENV=" + Base64(json);

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
