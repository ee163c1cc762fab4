using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Services;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;

namespace ProjectSilo.Gateways.Conat;

/// <summary>One of the services of spec 06 §1.3.</summary>
internal interface IBusService
{
    /// <summary>The token of its subject, e.g. <c>files:read</c>; also what <c>system.terminate</c> calls it.</summary>
    string Name { get; }

    /// <summary>Where it is served: <c>project.&lt;id&gt;.&lt;cs&gt;.&lt;name&gt;.-</c>, if it has no other place.</summary>
    string Subject(ApiIdentity identity) => ConatNames.ProjectSubject(identity.ProjectId, Name, identity.ComputeServerId);

    /// <summary>How it is served.</summary>
    ServiceOptions Options { get; }

    /// <summary>The method of a call, for traces and metrics: one of few.</summary>
    string MethodOf(ConatCall call);

    /// <summary>Carries out a call.</summary>
    /// <returns>The answer, unless the call has been answered already.</returns>
    ValueTask<WireValue> Handle(ConatCall call, BusRequest request, CancellationToken cancellationToken);
}
