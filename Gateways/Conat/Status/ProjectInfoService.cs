using ProjectSilo.Conat.Services;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Status;

namespace ProjectSilo.Gateways.Conat.Status;

/// <summary><c>project.&lt;id&gt;.&lt;cs&gt;.project-info.-</c> (spec 14 §5): <c>["get",[]]</c> is answered by the last scan.</summary>
internal sealed class ProjectInfoService(IGrainFactory grains, ApiIdentity identity) : IBusService
{
    /// <inheritdoc />
    public string Name => "project-info";

    /// <inheritdoc />
    public ServiceOptions Options => ServiceOptions.Core;

    /// <inheritdoc />
    public string MethodOf(ConatCall call) => call.Name == "get" ? call.Name : "unknown";

    /// <inheritdoc />
    public async ValueTask<WireValue> Handle(ConatCall call, BusRequest request, CancellationToken cancellationToken) =>
        call.Name == "get"
            ? ProjectInfoWire.ToWire(await grains.GetGrain<IProjectInfoGrain>(GrainKey.Of(identity.ComputeServerId)).GetInfo().ConfigureAwait(false))
            : throw new RequestException($"{call.Name} not defined");
}
