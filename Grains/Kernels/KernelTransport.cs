namespace ProjectSilo.Grains.Kernels;

/// <summary>What the sockets of a kernel are.</summary>
public enum KernelTransport
{
    /// <summary>
    /// <see cref="Ipc"/> for kernels that are known to speak it, which are those built on ipykernel; <see cref="Tcp"/> for all others. Many know addresses only as <c>{transport}://{ip}:{port}</c>
    /// (tslab, IJulia), or have no Unix sockets (Java's).
    /// </summary>
    Auto,

    /// <summary>Unix sockets in a private folder: no races for ports, and no other user of the machine can connect.</summary>
    Ipc,

    /// <summary>Ports of the loopback interface.</summary>
    Tcp,
}
