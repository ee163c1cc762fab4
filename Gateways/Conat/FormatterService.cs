using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Services;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Gateways.Conat;

/// <summary>
/// <c>services.project-&lt;id&gt;.&lt;cs&gt;.formatter._</c> (spec 12 §1.2): <c>{"name":"formatter","args":[{"path":"a.py","options":{"parser":"python"}}]}</c>
/// formats an open document. This daemon has none open, and says so.
/// </summary>
internal sealed class FormatterService : IBusService
{
    private const string Method = "formatter";

    /// <inheritdoc />
    public string Name => "formatter";

    /// <inheritdoc />
    public ServiceOptions Options => ServiceOptions.Typed;

    /// <inheritdoc />
    public string Subject(ApiIdentity identity) => ConatNames.ServiceSubject(identity.ProjectId, Name, identity.ComputeServerId);

    /// <inheritdoc />
    public string MethodOf(ConatCall call) => call.Name == Method ? Method : "unknown";

    /// <inheritdoc />
    public ValueTask<WireValue> Handle(ConatCall call, BusRequest request, CancellationToken cancellationToken)
    {
        if (call.Name != Method)
        {
            throw new RequestException($"unknown function '{call.Name}'");
        }

        var options = call[0] as WireValue.Members ?? new WireValue.Members([]);
        throw new RequestException($"\"{options.RequiredText("path")}\" is not opened");
    }
}
