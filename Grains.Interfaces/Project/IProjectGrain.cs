using Orleans.Concurrency;

namespace ProjectSilo.Grains.Interfaces.Project;

/// <summary>What a compute server is able to do, and the servers that run on it. Key: <see cref="GrainKey.Of(int)"/>.</summary>
[Alias("ProjectSilo.IProjectGrain")]
public interface IProjectGrain : IGrainWithStringKey
{
    /// <summary>Aspect <c>main</c> of <c>system.configuration</c> (spec 09 §8): kept for the life of the daemon.</summary>
    /// <param name="noCache">Computed anew, though its capabilities not more than once in 15 s.</param>
    [AlwaysInterleave]
    Task<MainConfiguration> GetMainConfiguration(bool noCache);

    /// <summary>Aspect <c>x11</c> of <c>system.configuration</c>.</summary>
    /// <inheritdoc cref="GetMainConfiguration"/>
    [AlwaysInterleave]
    Task<X11Configuration> GetX11Configuration(bool noCache);

    /// <summary>
    /// The port of a named server (spec 09 §10): <c>jupyter jupyterlab code pluto rserver</c>. It is started if it is not running; whether the port answers already
    /// is not looked at.
    /// </summary>
    /// <exception cref="Errors.RequestException"><c>unknown named server: "foo"</c>, or it could not be started.</exception>
    [AlwaysInterleave]
    Task<int> GetNamedServerPort(string name);
}
