using System.Collections.Immutable;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Gateways.Hub;
using ProjectSilo.Grains;
using ProjectSilo.Grains.Files;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Project;
using ProjectSilo.Tests;

namespace ProjectSilo.Gateways.Tests;

/// <summary>A project of its own in this process: real grains, the method table, and the hub gateway on a random port.</summary>
public sealed class ProjectHost : IAsyncLifetime
{
    public const string ProjectId = "812abe34-a382-4bd1-9071-29b6f4334f03";
    public const string Token = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG=";
    public const long Version = 1795300000;

    private readonly TemporaryFolder _folder = new();
    private readonly Action<HubGatewayOptions>? _configure;
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly ApiIdentity _identity = new(ProjectId, 0, Version);
    private readonly Action<IServiceCollection>? _configureServices;
    private WebApplication? _app;

    public ProjectHost()
    {
    }

    internal ProjectHost(Action<HubGatewayOptions> configure) => _configure = configure;

    /// <summary>A project whose time is <paramref name="time"/>.</summary>
    internal ProjectHost(TimeProvider time, Action<HubGatewayOptions>? configure = null)
    {
        _time = time;
        _configure = configure;
    }

    /// <summary>Another project, or a compute server of one, with more services.</summary>
    internal ProjectHost(ApiIdentity identity, Action<IServiceCollection> configureServices) => (_identity, _configureServices) = (identity, configureServices);

    public string Home => _folder.Path;

    public ApiTable Api => _app!.Services.GetRequiredService<ApiTable>();

    internal IServiceProvider Services => _app!.Services;

    public BrowserCommands Commands => _app!.Services.GetRequiredService<BrowserCommands>();

    public IHubs Hubs => _app!.Services.GetRequiredService<IHubs>();

    public IPEndPoint HubEndpoint
    {
        get
        {
            var address = new Uri(_app!.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
            return new IPEndPoint(IPAddress.Loopback, address.Port);
        }
    }

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(_folder.File("dir1"));
        await File.WriteAllTextAsync(_folder.File("dir1/x.txt"), "x\n");
        await File.WriteAllTextAsync(_folder.File("hello.txt"), "hello world\n");
        await File.WriteAllTextAsync(_folder.File("empty.txt"), "");
        await File.WriteAllBytesAsync(_folder.File("big11.bin"), new byte[11_000_000]);

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseHub()));
        builder.UseOrleans(silo => silo
            .AddGrainClasses(GrainServices.GrainClasses)
            .HostGrainsWhere(id => GrainKey.TryParse(id.Key.ToString()!, out var key) && key.ComputeServerId == _identity.ComputeServerId));
        builder.Services.AddSingleton(_time);
        builder.Services.AddGrainServices().AddHubGateway().AddSingleton<ApiTable>();
        builder.Services.AddSingleton(_identity);
        builder.Services.AddSingleton(new SecretToken(Token));
        builder.Services.AddSingleton<BrowserCommands>();

        // A bound on a start that is not tested here would be one more timer of the clock that tests look at.
        builder.Services.Configure<FilesOptions>(options => options.RecoveryTimeout = Timeout.InfiniteTimeSpan);
        builder.Services.AddSingleton(new NamedServerSettings { Folder = _folder.File(".smc/named_servers") });
        builder.Services.AddSingleton(new ProjectSettings
        {
            ProjectId = _identity.ProjectId,
            Home = Home,
            Environment = ImmutableDictionary<string, string>.Empty
                .Add("PATH", "/usr/local/bin:/usr/bin:/bin").Add("HOME", Home).Add("TMPDIR", "/tmp"),
        });
        if (_configure is not null)
        {
            builder.Services.Configure(_configure);
        }

        _configureServices?.Invoke(builder.Services);
        _app = builder.Build();
        await _app.StartAsync();
    }

    internal Task StopAsync() => _app!.StopAsync();

    public async Task DisposeAsync()
    {
        await _app!.StopAsync();
        await _app.DisposeAsync();
        _folder.Dispose();
    }
}
