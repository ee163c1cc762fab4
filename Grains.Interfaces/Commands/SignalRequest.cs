using System.Collections.Immutable;

namespace ProjectSilo.Grains.Interfaces.Commands;

/// <summary>Signals to send: <c>system.signal</c> (spec 09 §3).</summary>
/// <param name="Signal">The signal's number; 0 only tests.</param>
/// <param name="Pids">Processes, or process groups as negative numbers; all are tried.</param>
[GenerateSerializer, Immutable, Alias("ProjectSilo.SignalRequest")]
public sealed record SignalRequest([property: Id(0)] int Signal, [property: Id(1)] ImmutableArray<int> Pids);
