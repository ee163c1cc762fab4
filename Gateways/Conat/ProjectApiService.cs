using ProjectSilo.Conat.Services;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;

namespace ProjectSilo.Gateways.Conat;

/// <summary><c>project.&lt;id&gt;.&lt;cs&gt;.api.-</c> (spec 06 §3): <c>{"name":"system.ping","args":[]}</c> into the method table.</summary>
internal sealed class ProjectApiService(ApiTable api, ServiceSwitch services) : IBusService
{
    /// <inheritdoc />
    public string Name => "api";

    /// <inheritdoc />
    public ServiceOptions Options => ServiceOptions.Api;

    /// <inheritdoc />
    public string MethodOf(ConatCall call) => api.Knows(call.Name) ? call.Name : "unknown";

    /// <inheritdoc />
    public async ValueTask<WireValue> Handle(ConatCall call, BusRequest request, CancellationToken cancellationToken)
    {
        if (call.Name == "system.terminate" && call[0] is WireValue.Members options && options["service"].AsText() == Name)
        {
            // Its own end comes after the answer.
            call.OnReplied(() => services.TryStop(Name));
            return SystemMethods.Terminated(Name);
        }

        return await api.Invoke(call.Name, call.Arguments, request.Caller, cancellationToken).ConfigureAwait(false);
    }
}
