namespace ProjectSilo.Gateways.Api;

/// <summary>The other compute servers of the project.</summary>
public interface IComputeServers
{
    /// <summary>The API of compute server <paramref name="id"/>. Whether it can be reached, its calls tell.</summary>
    IApi For(int id);
}
