namespace Orleans.Configuration;

/// <summary>How calls are waited for.</summary>
public sealed class SiloMessagingOptions
{
    /// <summary>How long a caller waits for a response where the method has no <see cref="ResponseTimeoutAttribute"/>. <see cref="Timeout.InfiniteTimeSpan"/> for ever.</summary>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(30);
}
