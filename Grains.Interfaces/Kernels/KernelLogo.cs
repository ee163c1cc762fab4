namespace ProjectSilo.Grains.Interfaces.Kernels;

/// <summary>A kernel's picture: <c>logo-64x64.png</c>; a kernel without one has no name and no content.</summary>
[GenerateSerializer, Immutable, Alias("ProjectSilo.KernelLogo")]
public sealed record KernelLogo([property: Id(0)] string? FileName, [property: Id(1)] ReadOnlyMemory<byte> Content);
