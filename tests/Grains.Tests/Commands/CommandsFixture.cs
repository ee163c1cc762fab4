using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.TestingHost;
using ProjectSilo.Grains.Commands;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Commands;
using ProjectSilo.Grains.Project;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Commands;

/// <summary>A silo with the grains that run commands, in a home of its own.</summary>
public sealed class CommandsFixture : IAsyncLifetime
{
    private static readonly AsyncLocal<CommandsFixture?> Current = new();

    private readonly TemporaryFolder _folder = new();
    private readonly Action<CommandsOptions>? _configure;
    private readonly TestCluster _cluster = new TestClusterBuilder(1).AddSiloBuilderConfigurator<Configurator>().Build();

    public CommandsFixture()
    {
    }

    internal CommandsFixture(Action<CommandsOptions> configure) => _configure = configure;

    public string Home => _folder.Path;

    internal ICommandsGrain Commands => _cluster.GrainFactory.GetGrain<ICommandsGrain>(GrainKey.Of(0));

    internal IJobGrain Job(string jobId) => _cluster.GrainFactory.GetGrain<IJobGrain>(GrainKey.Of(0, jobId));

    public Task InitializeAsync()
    {
        Current.Value = this;
        return _cluster.DeployAsync();
    }

    public async Task DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _folder.Dispose();
    }

    internal sealed class Configurator : ISiloConfigurator
    {
        public void Configure(ISiloBuilder siloBuilder)
        {
            var fixture = Current.Value!;
            siloBuilder.AddGrainClasses(GrainServices.GrainClasses);
            siloBuilder.Services.AddGrainServices();
            siloBuilder.Services.AddSingleton(new ProjectSettings
            {
                ProjectId = "812abe34-a382-4bd1-9071-29b6f4334f03",
                Home = fixture.Home,
                Environment = ImmutableDictionary<string, string>.Empty.Add("PATH", "/usr/local/bin:/usr/bin:/bin").Add("HOME", fixture.Home),
            });
            if (fixture._configure is { } configure)
            {
                siloBuilder.Services.Configure(configure);
            }
        }
    }
}
