namespace ProjectSilo.Grains.Interfaces.Kernels;

/// <summary>A kernel's process: <c>{"pid":4711,"connectionFile":"/run/user/…/kernel-….json","kernel_name":"python3"}</c></summary>
[GenerateSerializer, Immutable, Alias("ProjectSilo.RunningKernel")]
public sealed record RunningKernel([property: Id(0)] int Pid, [property: Id(1)] string ConnectionFile, [property: Id(2)] string KernelName);
