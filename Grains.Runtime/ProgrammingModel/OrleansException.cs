namespace Orleans.Runtime;

/// <summary>Base of the errors of the grain host.</summary>
public class OrleansException : Exception
{
    /// <inheritdoc cref="Exception()"/>
    public OrleansException()
    {
    }

    /// <inheritdoc cref="Exception(string)"/>
    public OrleansException(string message)
        : base(message)
    {
    }

    /// <inheritdoc cref="Exception(string, Exception)"/>
    public OrleansException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
