using Orleans;
using Orleans.Hosting;
using Orleans.TestingHost;

namespace ProjectSilo.Grains.Tests.Runtime;

/// <summary>One test cluster for the tests of a class.</summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    private readonly TestCluster _cluster = new TestClusterBuilder(1).AddSiloBuilderConfigurator<SampleGrains>().Build();

    public IGrainFactory Grains => _cluster.GrainFactory;

    public Task InitializeAsync() => _cluster.DeployAsync();

    public Task DisposeAsync() => _cluster.DisposeAsync().AsTask();

    /// <summary>The grains of this test assembly. Under Orleans nothing is to configure.</summary>
    internal sealed class SampleGrains : ISiloConfigurator
    {
        public void Configure(ISiloBuilder siloBuilder) => siloBuilder.AddGrainAssembly(typeof(SampleGrain).Assembly);
    }
}
