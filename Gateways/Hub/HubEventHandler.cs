using ProjectSilo.Gateways.Api;

namespace ProjectSilo.Gateways.Hub;

/// <summary>Handles a request: answers it, or throws what <see cref="WireErrors"/> turns into an error answer.</summary>
internal delegate Task HubEventHandler(HubRequest request);
