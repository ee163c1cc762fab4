namespace ProjectSilo.Gateways.HttpApi;

/// <summary>What the rate limit says of a request.</summary>
/// <param name="IsAllowed">False: to be answered with 429.</param>
/// <param name="Limit">Requests in a window.</param>
/// <param name="Remaining">Requests left after this one.</param>
/// <param name="Reset">When the window ends.</param>
/// <param name="RetryAfter">The same from now.</param>
internal readonly record struct RateLimitState(bool IsAllowed, int Limit, int Remaining, DateTimeOffset Reset, TimeSpan RetryAfter);
