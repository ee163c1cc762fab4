using System.Globalization;

namespace Orleans;

/// <summary>How long a caller of the method waits for the response, in place of the silo's default.</summary>
/// <param name="timeout">A time span, e.g. <c>00:02:00</c>.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ResponseTimeoutAttribute(string timeout) : Attribute
{
    /// <summary>How long a caller waits.</summary>
    public TimeSpan? Timeout { get; } = TimeSpan.Parse(timeout, CultureInfo.InvariantCulture);
}
