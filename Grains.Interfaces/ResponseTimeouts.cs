namespace ProjectSilo.Grains.Interfaces;

/// <summary>Values for <c>[ResponseTimeout]</c>.</summary>
public static class ResponseTimeouts
{
    /// <summary>For calls that last as long as what they wait for, e.g. a command without a time limit: a year.</summary>
    public const string Unlimited = "365.00:00:00";
}
