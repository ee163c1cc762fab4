namespace ProjectSilo.Grains.Interfaces.Commands;

/// <summary>The result of a command that was waited for (spec 09 §1.7).</summary>
/// <param name="Stdout">Decoded output, cut at <c>max_output</c> with the mark <c> (truncated at N characters)</c>.</param>
/// <param name="Stderr">The same of stderr.</param>
/// <param name="ExitCode">The exit code; 0 when it died by a signal (spec 09 §1.4).</param>
[GenerateSerializer, Immutable, Alias("ProjectSilo.ExecResult")]
public sealed record ExecResult([property: Id(0)] Utf8Text Stdout, [property: Id(1)] Utf8Text Stderr, [property: Id(2)] int ExitCode);
