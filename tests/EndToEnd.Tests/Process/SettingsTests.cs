using ProjectSilo.Silo;
using ProjectSilo.Silo.CommandLine;
using ProjectSilo.Silo.Conat;
using ProjectSilo.Silo.ProjectEnvironment;

namespace ProjectSilo.Tests.Process;

public sealed class SettingsTests
{
    private const string Id = DaemonProcess.ProjectId;

    [Fact]
    public void Read_OfTheMinimum_TakesTheProjectIdFromHome()
    {
        var settings = Read($"HOME=/projects/{Id}", "DATA=/d");
        Assert.Equal((Id, "812abe34a3824bd1907129b6f4334f03", $"/{Id}/port/5000"), (settings.ProjectId, settings.Username, settings.BasePath));
        Assert.Equal($"http://localhost:5000/{Id}/port/5000", settings.ConatServer);
        Assert.Equal("/d/secret-token", settings.SecretTokenPath);
    }

    [Theory]
    [InlineData("HOME env var must be set", "DATA=/d")]
    [InlineData("HOME env var must be set", "HOME=", "DATA=/d")]
    [InlineData("DATA env var must be set", "HOME=/h")]
    [InlineData("unable to determine project_id from HOME directory path", "HOME=/h", "DATA=/d")]
    [InlineData("project_id=nope is not a valid UUID", "HOME=/h", "DATA=/d", "COCALC_PROJECT_ID=nope")]
    [InlineData("must start with '/'", "HOME=/h", "DATA=/d", "COCALC_PROJECT_ID=" + Id, "BASE_PATH=x")]
    [InlineData("must not end in '/'", "HOME=/h", "DATA=/d", "COCALC_PROJECT_ID=" + Id, "BASE_PATH=/x/")]
    [InlineData("must not contain '://'", "HOME=/h", "DATA=/d", "COCALC_PROJECT_ID=" + Id, "BASE_PATH=/a://x")]
    [InlineData("must start with http", "HOME=/h", "DATA=/d", "COCALC_PROJECT_ID=" + Id, "API_SERVER=ftp://x")]
    [InlineData("must not end in '/'", "HOME=/h", "DATA=/d", "COCALC_PROJECT_ID=" + Id, "API_SERVER=https://x/")]
    [InlineData("env variable CONAT_SERVER invalid -- too many /s", "HOME=/h", "DATA=/d", "COCALC_PROJECT_ID=" + Id, "CONAT_SERVER=http://x//y")]
    public void Read_OfABadVariable_Fails(string message, params string[] variables) =>
        Assert.Contains(message, Assert.Throws<StartFailedException>(() => Read(variables)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("/a/b", "BASE_PATH=/a/b", "API_SERVER=https://site/c")]
    [InlineData("/c/d", "API_SERVER=https://site/c/d")]
    [InlineData("/", "API_SERVER=https://site")]
    [InlineData("/" + Id + "/port/7000", "PORT=7000")]
    public void Read_FindsTheBasePath(string expected, params string[] variables) => Assert.Equal(expected, ReadProject(variables).BasePath);

    [Fact]
    public void Read_OfNumbers_FallsBackWhereTheyDoNotParse()
    {
        var limits = ReadProject("COCALC_PROJECT_MAX_FILE_SIZE_MB=x", "COCALC_JUPYTER_POOL_SIZE=99", "COCALC_FS_WATCH_DEBOUNCE_MS=7").Limits;
        Assert.Equal((10_000_000, 10, TimeSpan.FromMilliseconds(7)), (limits.MaxFileSizeBytes, limits.JupyterPoolSize, limits.FileWatchDebounce));
    }

    [Theory]
    [InlineData("2.5", 2.5)]
    [InlineData("0", 0)]
    [InlineData("1e9", 5)]
    [InlineData("-1", 5)]
    [InlineData("", 5)]
    public void Read_OfTheScanInterval_TakesFractions(string text, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), ReadProject($"COCALC_PROJECT_INFO_SCAN_INTERVAL_S={text}").Limits.ProcessInfoInterval);

    [Theory]
    [InlineData("""{"quota":{"member_host":false}}""", true)]
    [InlineData("""{"quota":{"member_host":true}}""", false)]
    [InlineData("""{"quota":{"member_host":0}}""", false)]
    [InlineData("""{"quota":{}}""", false)]
    [InlineData("""{"quota":7}""", false)]
    [InlineData("[]", false)]
    [InlineData("not json", false)]
    public void Read_OfTheConfiguration_FindsFreeProjects(string json, bool isFree)
    {
        Assert.Equal(isFree, ReadProject($"COCALC_PROJECT_CONFIG={Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(json))}").IsFreeProject);
        Assert.False(ReadProject($"COCALC_PROJECT_CONFIG={json}").IsFreeProject);
        Assert.False(ReadProject().IsFreeProject);
    }

    [Fact]
    public void Read_OfAComputeServer_TakesProjectIdAndNeedsNoTokenFile()
    {
        var settings = Read("HOME=/h", "DATA=/d", "COMPUTE_SERVER_ID=3", "PROJECT_ID=" + Id);
        Assert.Equal((3, Id, (string?)null), (settings.ComputeServerId, settings.ProjectId, settings.SecretTokenPath));
    }

    [Fact]
    public void ToString_ShowsNoSecret() => Assert.DoesNotContain("sk-verysecret", ReadProject("API_KEY=sk-verysecret").ToString(), StringComparison.Ordinal);

    [Theory]
    [InlineData("project_secret=T; project_id=" + Id, "BASE_PATH=/")]
    [InlineData("%2Fa%2Fb(c)project_secret=T; %2Fa%2Fb(c)project_id=" + Id, "BASE_PATH=/a/b(c)")]
    [InlineData("%2Faapi_key=k", "BASE_PATH=/a", "API_KEY=k")]
    public void Cookie_HasThePrefixOfTheBasePath(string expected, params string[] variables) =>
        Assert.Equal(expected, ConatLogin.Cookie(ReadProject(variables), new Secret("T")));

    internal static Dictionary<string, string> Variables(params string[] variables) =>
        variables.Select(variable => variable.Split('=', 2)).ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);

    internal static ProcessSettings ReadProject(params string[] variables) => Read(["HOME=/h", "DATA=/d", "COCALC_PROJECT_ID=" + Id, .. variables]);

    private static ProcessSettings Read(params string[] variables) => ProcessSettingsReader.Read(Variables(variables), new SiloArguments());
}
