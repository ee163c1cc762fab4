using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat;

/// <summary>How to publish (spec 05 §8.2).</summary>
public sealed record PublishOptions
{
    internal static PublishOptions Default { get; } = new();

    /// <summary>Normally an object; what is not truthy is not sent.</summary>
    public WireValue? Headers { get; init; }

    /// <summary>
    /// The payload, encoded already in <see cref="Encoding"/>; the value is not looked at then. When <see cref="ConatClient.PublishAsync"/> has succeeded, its memory may be
    /// used again.
    /// </summary>
    public ReadOnlyMemory<byte>? Raw { get; init; }

    /// <summary>How the payload is encoded.</summary>
    public ConatEncoding Encoding { get; init; }

    /// <summary>For all of it but the wait for the connection; null is the client's <see cref="ConatClientOptions.RequestTimeout"/>.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>If nobody gets it: wait until somebody would, and publish once more.</summary>
    public bool WaitForInterest { get; init; }

    /// <summary>Errors become a result of no bytes and nobody.</summary>
    public bool NoThrow { get; init; }
}
