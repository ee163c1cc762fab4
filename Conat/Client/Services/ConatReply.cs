using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Services;

/// <summary>One of the answers to a call of many.</summary>
/// <param name="Data">The result; null's value of a failure.</param>
/// <param name="Error">The failure; null if it is none.</param>
public sealed record ConatReply(WireValue Data, ConatException? Error);
