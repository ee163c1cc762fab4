using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ProjectSilo.Silo.Hosting;

/// <summary>The hub's TCP endpoint (spec 02).</summary>
internal static class HubEndpoint
{
    /// <summary>What happens to connections of hubs: the hub gateway is put in here. Until it is, they are closed at once.</summary>
    public static void ConfigureHub(ListenOptions listen) => listen.Run(_ => Task.CompletedTask);
}
