using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;

namespace Orleans.TestingHost;

/// <summary>A silo in the process of a test.</summary>
public sealed class TestCluster : IAsyncDisposable
{
    private readonly IReadOnlyList<Action<ISiloBuilder>> _configurators;
    private IHost? _host;

    internal TestCluster(IReadOnlyList<Action<ISiloBuilder>> configurators) => _configurators = configurators;

    /// <summary>Makes references to the cluster's grains.</summary>
    public IGrainFactory GrainFactory => ServiceProvider.GetRequiredService<IGrainFactory>();

    /// <summary>The silo's services. Under Orleans these are the client's: for tests of this host only.</summary>
    /// <exception cref="InvalidOperationException">The cluster is not deployed.</exception>
    public IServiceProvider ServiceProvider => _host?.Services ?? throw new InvalidOperationException("The cluster is not deployed.");

    /// <summary>Starts the silo.</summary>
    public async Task DeployAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleans(silo =>
        {
            foreach (var configure in _configurators)
            {
                configure(silo);
            }
        });
        _host = builder.Build();
        await _host.StartAsync();
    }

    /// <summary>Stops the silo; all activations end.</summary>
    public Task StopAllSilosAsync() => _host?.StopAsync() ?? Task.CompletedTask;

    /// <summary>Stops the silo and lets go of all that it holds.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_host is not { } host)
        {
            return;
        }

        _host = null;
        await host.StopAsync();
        host.Dispose();
    }
}
