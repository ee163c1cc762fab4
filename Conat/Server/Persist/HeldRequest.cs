using ProjectSilo.Conat.Core.Messages;

namespace ProjectSilo.Conat.Server.Persist;

/// <summary>A request that waits for its socket's stream to be opened.</summary>
/// <param name="Message">The request.</param>
/// <param name="Timer">Ends the wait.</param>
internal sealed record HeldRequest(ConatMessage Message, ITimer Timer);
