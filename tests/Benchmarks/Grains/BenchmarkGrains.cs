using Orleans.Hosting;
using Orleans.TestingHost;

namespace ProjectSilo.Benchmarks.Grains;

/// <summary>The grains of this assembly, in a test cluster.</summary>
internal sealed class BenchmarkGrains : ISiloConfigurator
{
    /// <inheritdoc />
    public void Configure(ISiloBuilder siloBuilder) => siloBuilder.AddGrainAssembly(typeof(BenchmarkGrain).Assembly);
}
