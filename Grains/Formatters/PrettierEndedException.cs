namespace ProjectSilo.Grains.Formatters;

/// <summary>Prettier's process has ended instead of answering.</summary>
internal sealed class PrettierEndedException(string message) : Exception(message);
