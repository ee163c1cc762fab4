namespace ProjectSilo.Conat.Tests.Client;

/// <summary>Over Socket.IO and Kestrel.</summary>
public sealed class SocketIoClientTests() : ConatClientTests(inProcess: false);
