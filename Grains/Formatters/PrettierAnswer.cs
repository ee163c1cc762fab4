namespace ProjectSilo.Grains.Formatters;

/// <summary>What prettier says to a text.</summary>
/// <param name="IsError">It refuses the text or the options.</param>
/// <param name="Utf8">The result, or why: <c>Couldn't resolve parser "X".</c> Valid UTF-8.</param>
internal readonly record struct PrettierAnswer(bool IsError, ReadOnlyMemory<byte> Utf8);
