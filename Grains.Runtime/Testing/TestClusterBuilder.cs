using Orleans.Hosting;

namespace Orleans.TestingHost;

/// <summary>Builds a <see cref="TestCluster"/>.</summary>
public sealed class TestClusterBuilder
{
    private readonly List<Action<ISiloBuilder>> _configurators = [];

    /// <summary>A cluster of one silo: the embedded host has no more.</summary>
    /// <exception cref="NotSupportedException">More silos are asked for.</exception>
    public TestClusterBuilder(short initialSilosCount = 1)
    {
        if (initialSilosCount != 1)
        {
            throw new NotSupportedException("The embedded grain host is one silo.");
        }
    }

    /// <summary>Adds a configurator; it is constructed when the cluster is deployed.</summary>
    public TestClusterBuilder AddSiloBuilderConfigurator<TSiloBuilder>()
        where TSiloBuilder : ISiloConfigurator, new()
    {
        _configurators.Add(static builder => new TSiloBuilder().Configure(builder));
        return this;
    }

    /// <summary>Builds the cluster; <see cref="TestCluster.DeployAsync"/> starts it.</summary>
    public TestCluster Build() => new([.. _configurators]);
}
