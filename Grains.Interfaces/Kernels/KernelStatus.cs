namespace ProjectSilo.Grains.Interfaces.Kernels;

/// <summary>What a kernel is doing.</summary>
[GenerateSerializer, Immutable, Alias("ProjectSilo.KernelStatus")]
public sealed record KernelStatus
{
    [Id(0)]
    public required KernelState State { get; init; }

    /// <summary>The last <c>execution_state</c>: <c>idle</c>, <c>busy</c>, <c>starting</c>.</summary>
    [Id(1)]
    public string ExecutionState { get; init; } = "idle";

    /// <summary>0 if no process runs.</summary>
    [Id(2)]
    public int Pid { get; init; }

    /// <summary>Absolute; empty if no process runs.</summary>
    [Id(3)]
    public string ConnectionFile { get; init; } = "";

    /// <summary>Why it failed: <c>Kernel last exited with code 3.</c> …; empty if it didn't.</summary>
    [Id(4)]
    public string Error { get; init; } = "";
}
