namespace ProjectSilo.Gateways.Api;

/// <summary>A failure of another daemon, whose text is passed on as it came: it has its prefix already, or none.</summary>
public sealed class RemoteException(string message) : Exception(message);
