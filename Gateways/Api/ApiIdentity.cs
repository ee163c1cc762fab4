namespace ProjectSilo.Gateways.Api;

/// <summary>Who this daemon is on the wires.</summary>
/// <param name="ProjectId">The project's UUID.</param>
/// <param name="ComputeServerId">0 for the project itself.</param>
/// <param name="Version">The smc version, seconds since the epoch (spec 01 §16). Hubs restart a project whose version is too low.</param>
public sealed record ApiIdentity(string ProjectId, int ComputeServerId, long Version);
