using Microsoft.Extensions.Options;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Core;
using ProjectSilo.Gateways.Api;

namespace ProjectSilo.Gateways.Conat;

/// <summary>The other compute servers of the project, each at its subjects on the bus.</summary>
internal sealed class BusComputeServers(ConatClient client, ApiIdentity identity, IOptions<ConatGatewayOptions> options, TimeProvider time) : IComputeServers
{
    /// <inheritdoc />
    public IApi For(int id) => new BusApi(client, ConatNames.ProjectSubject(identity.ProjectId, "api", id), options.Value, time);
}
