namespace ProjectSilo.Gateways.Api;

/// <summary>The daemon's services on the bus, as <c>system.terminate</c> knows them (spec 06 §3.2).</summary>
public interface IServiceSwitch
{
    /// <summary>Has a service take no more calls, for good; what has come is still answered.</summary>
    /// <param name="name">E.g. <c>files:read</c>.</param>
    /// <returns>False if there is none of this name.</returns>
    bool TryStop(string name);
}
