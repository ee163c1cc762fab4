namespace ProjectSilo.Gateways.Api;

/// <summary>An argument of the wrong type where clients know JavaScript's own text, e.g. <c>TypeError [ERR_UNKNOWN_SIGNAL]: Unknown signal: FOO</c>.</summary>
public sealed class WireTypeException(string message) : Exception(message);
