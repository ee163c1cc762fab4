namespace ProjectSilo.Grains.Formatters;

/// <summary>A tool that ended with an exit code that is none of success.</summary>
/// <param name="Text">The text that it was given.</param>
/// <param name="File">The file that held it.</param>
/// <param name="Code">The exit code.</param>
/// <param name="Stdout">What it printed.</param>
/// <param name="Stderr">What it printed on stderr.</param>
internal sealed record ToolFailure(Func<string> Text, string File, int Code, string Stdout, string Stderr);
