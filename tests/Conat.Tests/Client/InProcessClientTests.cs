namespace ProjectSilo.Conat.Tests.Client;

/// <summary>In process.</summary>
public sealed class InProcessClientTests() : ConatClientTests(inProcess: true);
