namespace ProjectSilo.Grains.Formatters;

/// <summary>Prettier does not format this, and says why: <c>Couldn't resolve parser "X".</c></summary>
internal sealed class PrettierRefusedException(string message) : Exception(message);
