using Microsoft.Extensions.Logging;

namespace ProjectSilo.Conat.Server.Persist.Engine;

/// <summary>What all streams of a server share.</summary>
/// <param name="Workers">Carry out what waits for the disk.</param>
/// <param name="Files">Which files are open.</param>
/// <param name="ArchiveInterval">At most so often a changing stream is copied to the archive.</param>
/// <param name="Time">The clock.</param>
/// <param name="Logger">Gets what no client is told.</param>
internal sealed record StreamResources(PersistWorkers Workers, OpenFiles Files, TimeSpan ArchiveInterval, TimeProvider Time, ILogger Logger);
