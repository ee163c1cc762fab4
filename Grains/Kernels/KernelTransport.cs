namespace ProjectSilo.Grains.Kernels;

/// <summary>What the sockets of a kernel are.</summary>
public enum KernelTransport
{
    /// <summary>Unix sockets in a private folder: no races for ports, and no other user of the machine can connect.</summary>
    Ipc,

    /// <summary>Ports of the loopback interface.</summary>
    Tcp,
}
