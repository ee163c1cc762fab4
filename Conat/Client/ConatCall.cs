using System.Collections.Immutable;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat;

/// <summary>A call of a service's method: the payload <c>["mul",[2,3]]</c> (spec 05 §8.7).</summary>
/// <param name="Name">The method.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Message">The message, for its subject and headers.</param>
public sealed record ConatCall(string Name, ImmutableArray<WireValue> Arguments, ConatMessage Message)
{
    /// <summary>An argument; null's value if there is none.</summary>
    public WireValue this[int index] => index < Arguments.Length ? Arguments[index] : WireValue.Null;
}
