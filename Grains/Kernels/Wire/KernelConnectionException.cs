namespace ProjectSilo.Grains.Kernels.Wire;

/// <summary>A kernel could not be reached, or its connection broke. The message may be shown to clients: <c>Failed to start kernel process -- timeout</c>.</summary>
internal sealed class KernelConnectionException : Exception
{
    public KernelConnectionException(string message)
        : base(message)
    {
    }

    public KernelConnectionException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
