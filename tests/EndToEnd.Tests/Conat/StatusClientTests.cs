using System.Diagnostics;
using System.Globalization;

namespace ProjectSilo.Tests.Conat;

/// <summary>Watched folders, processes and status of a standalone daemon, as a node script has them; what each check is: <c>node/status-client.mjs</c>.</summary>
public sealed class StatusClientTests(StatusClientTests.Daemon daemon) : IClassFixture<StatusClientTests.Daemon>
{
    [Theory]
    [InlineData("listing")]
    [InlineData("status")]
    [InlineData("usage")]
    public async Task Client_SeesWhatIsDone(string check)
    {
        var script = Path.Join(Vectors.RepositoryRoot(), "tests", "EndToEnd.Tests", "node", "status-client.mjs");
        string[] arguments = [script, daemon.Process.BrowserPort.ToString(CultureInfo.InvariantCulture), daemon.Process.Data, daemon.Process.Home, check];
        using var node = System.Diagnostics.Process.Start(new ProcessStartInfo("node", arguments) { RedirectStandardError = true })!;
        var errors = node.StandardError.ReadToEndAsync();
        await node.WaitForExitAsync().Within();
        Assert.True(node.ExitCode == 0, await errors);
    }

    /// <summary>A daemon that takes a second where another takes a minute, and that takes less of a processor for much: a test has none to itself.</summary>
    public sealed class Daemon : IAsyncLifetime
    {
        internal DaemonProcess Process { get; } = StandaloneDaemon.Create()
            .With("COCALC_PROJECT_INFO_SCAN_INTERVAL_S", "1")
            .With("COCALC_STATUS_UPDATES_INTERVAL_S", "0.5")
            .With("PROJECTSILO_ProjectInfo__AlertDelay", "00:00:00.5")
            .With("PROJECTSILO_ProjectInfo__AlertPercent", "5")
            .With("PROJECTSILO_DirectoryWatch__Debounce", "00:00:00.1");

        public Task InitializeAsync() => Process.StartReadyAsync();

        public async Task DisposeAsync() => await Process.DisposeAsync();
    }
}
