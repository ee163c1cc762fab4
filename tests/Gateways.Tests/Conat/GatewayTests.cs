using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ProjectSilo.Conat.Services;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Conat;
using ProjectSilo.Tests;

namespace ProjectSilo.Gateways.Tests.Conat;

/// <summary>The life of the daemon on the bus (spec 06 §1.4, §2, §15).</summary>
public sealed class GatewayTests : IAsyncLifetime
{
    private static readonly string[] Services = ["api", "browser-api", "files:read", "files:write", "exec-stream"];

    private readonly BusProject _project = new(options => options.VersionCheckInterval = TimeSpan.FromMilliseconds(20));

    public Task InitializeAsync() => _project.InitializeAsync();

    public Task DisposeAsync() => _project.DisposeAsync();

    [Fact]
    public async Task AllServices_AreThere_AndGoneAfterTheStop()
    {
        foreach (var service in Services)
        {
            Assert.True(await _project.Hub.WaitForInterestAsync(BusProject.Subject(service)).Within(), service);
        }

        await _project.Host.StopAsync().Within();
        foreach (var service in Services)
        {
            Assert.False(await _project.Hub.InterestAsync(BusProject.Subject(service)).Within(), service);
        }
    }

    [Theory]
    [InlineData("{\"version\":{\"min_project\":1795300001}}", 0, true)]
    [InlineData("{\"version\":{\"min_project\":1795300000}}", 0, false)]
    [InlineData("{\"version\":{\"min_project\":null,\"min_compute_server\":1795300001}}", 0, false)]
    [InlineData("{\"version\":{\"min_project\":1795300001}}", 2, false)]
    [InlineData("{\"version\":{\"min_compute_server\":1795300001}}", 2, true)]
    [InlineData("{\"error\":\"Error: not now\"}", 0, false)]
    [InlineData("null", 0, false)]
    public async Task TheVersion_IsCheckedAtTheHub(string answer, int computeServerId, bool ends)
    {
        var (asked, exitCode) = (0, Environment.ExitCode);
        var calls = new List<string>();
        await using var hub = await _project.Hub.ServiceAsync($"hub.project.{BusProject.ProjectId}.api", name => (call, _) =>
        {
            lock (calls)
            {
                calls.Add($"{name} {new WireValue.Items(call.Arguments)}");
            }

            Interlocked.Increment(ref asked);
            return new ValueTask<WireValue>(BusProject.Wire(answer));
        }, ServiceOptions.Api).Within();
        var daemon = await _project.AddDaemon(computeServerId, configureServices: services => services.AddVersionCheck());
        var stopping = daemon.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        try
        {
            if (ends)
            {
                await Bounded.Until(() => stopping.IsCancellationRequested, "the daemon ends");
                Assert.Equal(1, Environment.ExitCode);
            }
            else
            {
                await Bounded.Until(() => Volatile.Read(ref asked) >= 3, "asked again and again");
                Assert.False(stopping.IsCancellationRequested);
            }

            Assert.All(calls, call => Assert.Equal("system.getCustomize [[\"version\"]]", call));
        }
        finally
        {
            Environment.ExitCode = exitCode;
        }
    }
}
