using System.Globalization;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Core;

/// <summary>
/// An error of the bus as a caller sees it (spec 05 §8.5): e.g. <c>request -- no subscribers matching 'a.b'</c> with code 503. A broker's texts are as it sent them.
/// </summary>
/// <param name="message">What is wrong.</param>
/// <param name="code">The code as text; null if the error has none.</param>
/// <param name="inner">What caused it here.</param>
public sealed class ConatException(string message, string? code = null, Exception? inner = null) : Exception(message, inner)
{
    public ConatException()
        : this("error")
    {
    }

    public ConatException(string message)
        : this(message, code: null)
    {
    }

    public ConatException(string message, Exception? innerException)
        : this(message, null, innerException)
    {
    }

    /// <param name="message">What is wrong.</param>
    /// <param name="code">The code.</param>
    public ConatException(string message, int code)
        : this(message, code.ToString(CultureInfo.InvariantCulture))
    {
    }

    /// <summary>E.g. <c>403</c> or <c>ENOENT</c>; null if there is none.</summary>
    public string? Code { get; } = code;

    /// <summary>The broker didn't answer in time.</summary>
    public static ConatException TimedOut() => new("timeout - Error: operation has timed out", 408);

    /// <summary>The connection ended while an answer was waited for.</summary>
    public static ConatException Disconnected() => new("Error: socket has been disconnected");

    /// <summary>The error in an answer <c>{"error":"Error: invalid subject","code":403}</c>; null if it is none.</summary>
    internal static ConatException? In(WireValue? answer)
    {
        if (answer is not WireValue.Members members || !members["error"].IsTruthy())
        {
            return null;
        }

        return new ConatException(members["error"].Show(), members["code"].ScalarToText());
    }
}
