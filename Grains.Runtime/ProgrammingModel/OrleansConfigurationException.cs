namespace Orleans.Runtime;

/// <summary>The silo is not configured in a way that can work.</summary>
public sealed class OrleansConfigurationException : Exception
{
    /// <inheritdoc cref="Exception()"/>
    public OrleansConfigurationException()
    {
    }

    /// <inheritdoc cref="Exception(string)"/>
    public OrleansConfigurationException(string message)
        : base(message)
    {
    }

    /// <inheritdoc cref="Exception(string, Exception)"/>
    public OrleansConfigurationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
