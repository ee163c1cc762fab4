namespace ProjectSilo.Grains.Kernels.Wire;

/// <summary>The sockets between a kernel and its client that carry messages (spec 10 §4.1).</summary>
internal enum KernelChannel
{
    /// <summary>Requests and their replies: <c>execute_request</c>, <c>kernel_info_request</c>, <c>comm_msg</c>.</summary>
    Shell,

    /// <summary>What the kernel tells everybody: outputs, <c>status</c>. Nothing is sent here.</summary>
    IoPub,

    /// <summary>The kernel's <c>input_request</c> and our <c>input_reply</c>.</summary>
    Stdin,

    /// <summary><c>interrupt_request</c>, <c>shutdown_request</c>: answered while code runs.</summary>
    Control,
}
