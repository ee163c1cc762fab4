using Microsoft.Extensions.Hosting;

namespace ProjectSilo.Grains.Runtime.Hosting;

/// <summary>
/// Ends the silo with its host. Its construction, before any service of the host starts, makes the silo and so finds mistakes in what was
/// configured. It stops last of the host's services if it is registered first, so that gateways can still call grains while they close.
/// </summary>
internal sealed class SiloHostedService(EmbeddedSilo silo) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => silo.StopAsync(cancellationToken);
}
