using ProjectSilo.Grains.Interfaces.Terminals;

namespace ProjectSilo.Gateways.Conat.Terminals;

/// <summary>The terminals that are served on the bus.</summary>
public interface ITerminalServices
{
    /// <summary>Serves a terminal, if it isn't yet, and creates its session (spec 11 §2).</summary>
    /// <param name="path">The terminal's path, e.g. <c>dir/.a.term-0.term</c>.</param>
    /// <param name="options">Null only serves it.</param>
    /// <param name="cancellationToken">The caller waits no longer.</param>
    /// <exception cref="Exception">It failed: as of <see cref="ITerminalGrain.Create"/>, and of the bus.</exception>
    Task CreateAsync(string path, TerminalOptions? options, CancellationToken cancellationToken);
}
