using System.Collections.Immutable;
using ProjectSilo.Grains.Interfaces.Project;

namespace ProjectSilo.Grains.Project;

/// <summary>Keeps the configuration, and sees to it that a named server is started once.</summary>
internal sealed class ProjectGrain(CapabilitiesProbe capabilities, ProjectSettings project, NamedServerLauncher servers, TimeProvider time) : Grain, IProjectGrain
{
    private static readonly TimeSpan MinimumInterval = TimeSpan.FromSeconds(15);

    private readonly CachedAspect<MainCapabilities> _main = new(capabilities.Main, MinimumInterval, project.ProbeTimeout, time);
    private readonly CachedAspect<ImmutableSortedDictionary<string, bool>> _x11 = new(capabilities.X11, TimeSpan.Zero, project.ProbeTimeout, time);

    /// <summary>The starts going on, by name: whoever asks meanwhile waits for the same one.</summary>
    private readonly Dictionary<string, Task<int>> _starts = new(StringComparer.Ordinal);

    /// <inheritdoc />
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // The configuration is kept for the life of the daemon.
        DelayDeactivation(TimeSpan.MaxValue);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public async Task<MainConfiguration> GetMainConfiguration(bool noCache)
    {
        var (timestamp, main) = await _main.Get(noCache);
        return new MainConfiguration(timestamp, main);
    }

    /// <inheritdoc />
    public async Task<X11Configuration> GetX11Configuration(bool noCache)
    {
        var (timestamp, programs) = await _x11.Get(noCache);
        return new X11Configuration(timestamp, programs);
    }

    /// <inheritdoc />
    public Task<int> GetNamedServerPort(string name) => _starts.TryGetValue(name, out var start) ? start : GetOrStart(name);

    private async Task<int> GetOrStart(string name)
    {
        var port = servers.GetPort(name);
        _starts[name] = port;
        try
        {
            return await port;
        }
        finally
        {
            _starts.Remove(name);
        }
    }
}
