using System.Collections.Immutable;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Services;

/// <summary>A call as its protocol reads it.</summary>
/// <param name="Name">The method.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="IsPing">Whether it only asks if the service is there.</param>
/// <param name="Error">What is wrong with it, as the caller is told; null if nothing is.</param>
internal readonly record struct ServiceRequest(string Name, ImmutableArray<WireValue> Arguments, bool IsPing = false, string? Error = null)
{
    public static ServiceRequest Ping { get; } = new("ping", [], IsPing: true);

    public static ServiceRequest Malformed(string error) => new("", [], Error: error);
}
