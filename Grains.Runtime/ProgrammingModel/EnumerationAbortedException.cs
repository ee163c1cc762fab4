namespace Orleans.Runtime;

/// <summary>The activation ended before the enumeration that it served.</summary>
public sealed class EnumerationAbortedException : Exception
{
    /// <inheritdoc cref="Exception()"/>
    public EnumerationAbortedException()
    {
    }

    /// <inheritdoc cref="Exception(string)"/>
    public EnumerationAbortedException(string message)
        : base(message)
    {
    }

    /// <inheritdoc cref="Exception(string, Exception)"/>
    public EnumerationAbortedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
