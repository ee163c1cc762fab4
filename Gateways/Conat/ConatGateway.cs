using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProjectSilo.Conat;
using ProjectSilo.Gateways.Api;

namespace ProjectSilo.Gateways.Conat;

/// <summary>
/// The daemon on the bus (spec 06): one client, and its services, each of which starts and lives by itself. Without a broker they wait, and the daemon runs.
/// </summary>
internal sealed class ConatGateway : IHostedService, IDisposable
{
    private readonly ConatClient _client;
    private readonly ServedService[] _services;
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    public ConatGateway(
        ConatClient client,
        IEnumerable<IBusService> services,
        ServiceSwitch serviceSwitch,
        ApiIdentity identity,
        IOptions<ConatGatewayOptions> options,
        TimeProvider time,
        ILogger<ConatGateway> logger)
    {
        _client = client;
        _services = [.. services.Select(service => new ServedService(service, client, identity, options.Value, time, logger))];
        serviceSwitch.Set(_services);
    }

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _client.Start();
        _running = Task.WhenAll(_services.Select(service => service.RunAsync(_stopping.Token)));
        return Task.CompletedTask;
    }

    /// <summary>The services go first, so that nobody is answered by half a daemon; then the connection.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _client.DisposeAsync().AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public void Dispose() => _stopping.Dispose();
}
