namespace ProjectSilo.Grains.Interfaces.Kernels;

/// <summary>What code asks for: <c>input('name? ')</c>, <c>getpass()</c>.</summary>
[GenerateSerializer, Immutable, Alias("ProjectSilo.InputRequest")]
public sealed record InputRequest([property: Id(0)] string Prompt, [property: Id(1)] bool IsPassword);
