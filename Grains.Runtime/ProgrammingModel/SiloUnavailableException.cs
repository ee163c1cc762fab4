namespace Orleans.Runtime;

/// <summary>No silo takes the request: it stops, or none hosts that grain.</summary>
public sealed class SiloUnavailableException : OrleansMessageRejectionException
{
    /// <inheritdoc cref="Exception()"/>
    public SiloUnavailableException()
    {
    }

    /// <inheritdoc cref="Exception(string)"/>
    public SiloUnavailableException(string message)
        : base(message)
    {
    }

    /// <inheritdoc cref="Exception(string, Exception)"/>
    public SiloUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
