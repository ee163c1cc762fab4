namespace ProjectSilo.Conat.Services;

/// <summary>How to call a service. Begin with <see cref="Api"/>, <see cref="Typed"/> or <see cref="Core"/>.</summary>
public sealed record ServiceClientOptions
{
    /// <summary>A project's API: 15 s, waiting for interest; errors lose their leading <c>Error: </c> (spec 06 §3.1).</summary>
    public static ServiceClientOptions Api { get; } = new() { Protocol = ServiceProtocol.Api, Timeout = TimeSpan.FromSeconds(15), WaitForInterest = true };

    /// <summary>The hub's API: 30 s, not waiting (spec 06 §15).</summary>
    public static ServiceClientOptions HubApi { get; } = new() { Protocol = ServiceProtocol.Api };

    /// <summary>A typed service: 10 s, waiting for interest; errors are <c>calling remote function '&lt;name&gt;': …</c> (spec 06 §5.2).</summary>
    public static ServiceClientOptions Typed { get; } = new() { Protocol = ServiceProtocol.Typed, Timeout = TimeSpan.FromSeconds(10), WaitForInterest = true };

    /// <summary>A service of the core client: 30 s, not waiting (spec 05 §8.7).</summary>
    public static ServiceClientOptions Core { get; } = new();

    /// <summary>How calls and errors are written.</summary>
    public ServiceProtocol Protocol { get; init; } = ServiceProtocol.Core;

    /// <summary>How long a call may take if it doesn't say.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether a service that isn't there is waited for.</summary>
    public bool WaitForInterest { get; init; }
}
