namespace ProjectSilo.Silo.CommandLine;

/// <summary>What the command line asks for: exactly one member is set.</summary>
/// <param name="Arguments">The options to start with.</param>
/// <param name="Usage">The usage text, for stdout with exit code 0.</param>
/// <param name="Error">The usage error, for stderr with exit code 1, e.g. <c>error: unknown option '--foo'</c>.</param>
internal sealed record CommandLineOutcome(SiloArguments? Arguments, string? Usage, string? Error);
