namespace ProjectSilo.Conat.Services;

/// <summary>How to serve. Begin with <see cref="Api"/>, <see cref="Typed"/>, <see cref="Core"/> or <see cref="Message"/>, which have the defaults of their kind.</summary>
/// <example><code>ServiceOptions.Typed with { KeyOf = call => call.Name == "write" ? "write" : null }</code></example>
public sealed record ServiceOptions
{
    /// <summary>The queue group of services, whose members share the calls.</summary>
    public const string DefaultQueue = "0";

    /// <summary>Every member of the project's API gets each call, and serves all at once (spec 06 §1.3).</summary>
    public static ServiceOptions Api { get; } = new() { Protocol = ServiceProtocol.Api, Queue = null };

    /// <summary>Members share the calls, one at a time (spec 06 §5.1).</summary>
    public static ServiceOptions Typed { get; } = new() { Protocol = ServiceProtocol.Typed, KeyOf = OneAtATime };

    /// <summary>Members share the calls, all at once (spec 05 §8.7).</summary>
    public static ServiceOptions Core { get; } = new();

    /// <summary>Every member gets each message, and serves all at once.</summary>
    public static ServiceOptions Message { get; } = new() { Protocol = ServiceProtocol.Message, Queue = null };

    /// <summary>How calls and errors are written.</summary>
    public ServiceProtocol Protocol { get; init; } = ServiceProtocol.Core;

    /// <summary>The queue group; null is a fresh one: this service gets every call.</summary>
    public string? Queue { get; init; } = DefaultQueue;

    /// <summary>
    /// Calls of the same key are run one after the other, in the order of their arrival; those of different keys, and those whose key is null, at once. Null runs all at
    /// once. Pings have no key. The next call of a key begins when the one before has returned, and its answer is on its way. Called by the service's reader, so it must be
    /// quick; if it throws, the call is answered with the error.
    /// </summary>
    public Func<ConatCall, string?>? KeyOf { get; init; }

    /// <summary>Most calls at once; further ones wait.</summary>
    public int MaxConcurrentCalls { get; init; } = 1_000;

    /// <summary>Most calls that wait for their turn. One more is answered with <c>Error: service overloaded -- …</c>.</summary>
    public int MaxWaitingCalls { get; init; } = 10_000;

    /// <summary>Most bytes of the calls that wait, which is treated alike.</summary>
    public long MaxWaitingBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>The text of what a method throws; null writes <c>Error: &lt;message&gt;</c>.</summary>
    public Func<Exception, string>? ErrorText { get; init; }

    /// <summary>A <see cref="KeyOf"/> that runs one call at a time.</summary>
    public static string? OneAtATime(ConatCall call) => "";
}
