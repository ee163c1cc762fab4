namespace ProjectSilo.Grains.Interfaces.Errors;

/// <summary>A request that can't be done as asked. Clients see <c>Error: {message}</c>, so the message is part of the wire.</summary>
public sealed class RequestException(string message) : Exception(message);
