namespace ProjectSilo.Silo.Hosting;

/// <summary>Replaces the console lifetime of the host: <see cref="Signals.StopSignals"/> handles the signals, and nothing is printed.</summary>
internal sealed class SilentLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
