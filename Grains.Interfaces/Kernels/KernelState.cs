namespace ProjectSilo.Grains.Interfaces.Kernels;

/// <summary>States of a kernel, in their order (spec 10 §5.1).</summary>
public enum KernelState
{
    /// <summary>No process yet.</summary>
    Off,
    Spawning,

    /// <summary>There is a process, with sockets.</summary>
    Starting,

    /// <summary>It can execute.</summary>
    Running,

    /// <summary>It could not be started, or ended by itself; then it is closed.</summary>
    Failed,
    Closed,
}
