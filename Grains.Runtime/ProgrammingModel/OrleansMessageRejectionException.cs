namespace Orleans.Runtime;

/// <summary>A request was refused before a grain saw it.</summary>
public class OrleansMessageRejectionException : OrleansException
{
    /// <inheritdoc cref="Exception()"/>
    public OrleansMessageRejectionException()
    {
    }

    /// <inheritdoc cref="Exception(string)"/>
    public OrleansMessageRejectionException(string message)
        : base(message)
    {
    }

    /// <inheritdoc cref="Exception(string, Exception)"/>
    public OrleansMessageRejectionException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
