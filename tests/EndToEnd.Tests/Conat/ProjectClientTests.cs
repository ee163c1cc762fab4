using System.Diagnostics;
using System.Globalization;

namespace ProjectSilo.Tests.Conat;

/// <summary>The services of a standalone daemon, called by a member of the bus that isn't ours; what each check is: <c>node/project-client.mjs</c>.</summary>
public sealed class ProjectClientTests(StandaloneDaemon daemon) : IClassFixture<StandaloneDaemon>
{
    [Theory]
    [InlineData("exec")]
    [InlineData("time")]
    [InlineData("execStream")]
    [InlineData("files")]
    [InlineData("formatters")]
    [InlineData("kernels")]
    [InlineData("notebook")]
    public async Task Services_ServeTheRealClient(string check)
    {
        var (_, errors, code) = await RunAsync(check);
        Assert.True(code == 0, errors);
    }

    [Fact]
    public async Task FilesOf256Megabytes_TakeLittleMemory()
    {
        var before = ProcessUse.Of(daemon.Process.Pid);
        var (output, errors, code) = await RunAsync("speed", "256", "read");
        Assert.True(code == 0, errors);
        Assert.Contains("\"read\":", output, StringComparison.Ordinal);
        await before.NothingLeakedAsync(growthMiB: 128);
    }

    [Fact]
    public async Task ComputeServer_OnTheSameBus_AnswersOnItsOwnSubjectsAndThroughTheProject()
    {
        var (_, errors, code) = await RunAsync("noServer");
        Assert.True(code == 0, errors);
        await using (var other = new DaemonProcess()
            .With("COMPUTE_SERVER_ID", "1")
            .With("COCALC_PROJECT_ID", daemon.Process.Read("project-id"))
            .With("CONAT_SERVER", $"http://127.0.0.1:{daemon.Process.BrowserPort}")
            .With("API_KEY", daemon.Process.Read("api-keys").Trim()))
        {
            File.Delete(Path.Join(other.Data, "secret-token"));
            await File.WriteAllTextAsync(Path.Join(other.Home, "only-there.txt"), "");
            other.Start();
            await other.WaitUntilAsync(
                () => other.Has("log") && other.Read("log").Contains($"Serving project.{daemon.Process.Read("project-id")}.1.browser-api.-", StringComparison.Ordinal),
                "not ready");
            (_, errors, code) = await RunAsync("servers", other.Home);
            Assert.True(code == 0, errors);
        }

        (_, errors, code) = await RunAsync("noServer");
        Assert.True(code == 0, errors);
    }

    private async Task<(string Output, string Errors, int Code)> RunAsync(params string[] check)
    {
        var script = Path.Join(Vectors.RepositoryRoot(), "tests", "EndToEnd.Tests", "node", "project-client.mjs");
        string[] arguments = [script, daemon.Process.BrowserPort.ToString(CultureInfo.InvariantCulture), daemon.Process.Data, daemon.Process.Home, .. check];
        using var node = System.Diagnostics.Process.Start(new ProcessStartInfo("node", arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var (output, errors) = (node.StandardOutput.ReadToEndAsync(), node.StandardError.ReadToEndAsync());
        await node.WaitForExitAsync().Within();
        return (await output, await errors, node.ExitCode);
    }
}
