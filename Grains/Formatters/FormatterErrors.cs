using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Formatters;

/// <summary>The errors that all formatters have alike.</summary>
internal static class FormatterErrors
{
    public static RequestException TimedOut(string tool) => new($"{tool} timed out");

    public static RequestException TooLarge(string tool, int maxBytes) => new($"the result of {tool} is larger than {maxBytes} bytes");

    public static RequestException Signalled(string tool, int signal) => new($"{tool} was killed by signal {signal}");
}
