using ProjectSilo.Conat.Services;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Status;

namespace ProjectSilo.Gateways.Conat.Status;

/// <summary><c>project.&lt;id&gt;.&lt;cs&gt;.usage-info.-</c> (spec 14 §7): <c>["get",["a.ipynb"]]</c> is answered by what the notebook's kernel uses.</summary>
internal sealed class UsageInfoService(IGrainFactory grains, ApiIdentity identity) : IBusService
{
    /// <inheritdoc />
    public string Name => "usage-info";

    /// <inheritdoc />
    public ServiceOptions Options => ServiceOptions.Core;

    /// <inheritdoc />
    public string MethodOf(ConatCall call) => call.Name == "get" ? call.Name : "unknown";

    /// <inheritdoc />
    public async ValueTask<WireValue> Handle(ConatCall call, BusRequest request, CancellationToken cancellationToken)
    {
        if (call.Name != "get")
        {
            throw new RequestException($"{call.Name} not defined");
        }

        var path = call[0].AsText() ?? throw new RequestException("path must be a string");
        return ProjectInfoWire.ToWire(await grains.GetGrain<IProjectInfoGrain>(GrainKey.Of(identity.ComputeServerId)).GetUsage(path).ConfigureAwait(false));
    }
}
