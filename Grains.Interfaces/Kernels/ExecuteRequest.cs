namespace ProjectSilo.Grains.Interfaces.Kernels;

/// <summary>Code to execute (spec 10 §5.4).</summary>
[GenerateSerializer, Immutable, Alias("ProjectSilo.ExecuteRequest")]
public sealed record ExecuteRequest
{
    /// <summary>Made by the caller, unique for the kernel: what <see cref="IKernelGrain.Answer"/> and <see cref="IKernelGrain.Cancel"/> name.</summary>
    [Id(0)]
    public required string Id { get; init; }

    [Id(1)]
    public required Utf8Text Code { get; init; }

    /// <summary>Neither counted nor shown: for what the daemon itself executes, as the pool's init code.</summary>
    [Id(2)]
    public bool IsSilent { get; init; }

    /// <summary>Whether someone answers what the code asks for; else the kernel refuses to ask.</summary>
    [Id(3)]
    public bool AllowsInput { get; init; }

    /// <summary>Whether an error ends what waits behind it.</summary>
    [Id(4)]
    public bool HaltsOnError { get; init; } = true;

    /// <summary>Then it is interrupted, and after some interrupts killed (spec 10 §5.4); null for no limit.</summary>
    [Id(5)]
    public TimeSpan? Timeout { get; init; }
}
