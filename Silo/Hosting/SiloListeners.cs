using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ProjectSilo.Gateways.Hub;
using ProjectSilo.Silo.ProjectEnvironment;

namespace ProjectSilo.Silo.Hosting;

/// <summary>
/// The endpoints of the one Kestrel (architecture, decision 1). A compute server has no hub endpoint and no HTTP API (spec 01 §18). The ports are
/// known once the host has started.
/// </summary>
internal sealed class SiloListeners(ProcessSettings settings, IPAddress address)
{
    private ListenOptions? _api;
    private ListenOptions? _browser;
    private ListenOptions? _hub;

    public int ApiPort => PortOf(_api);

    public int BrowserPort => PortOf(_browser);

    public int HubPort => PortOf(_hub);

    /// <summary>The address as it goes into a URL for this machine: the loopback address where all are bound.</summary>
    public string UrlHost => address switch
    {
        _ when address.Equals(IPAddress.Any) => "127.0.0.1",
        { AddressFamily: AddressFamily.InterNetworkV6 } => $"[{(address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : address)}]",
        _ => address.ToString(),
    };

    public void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        if (!settings.IsComputeServer)
        {
            // The API port is never configurable (spec 01 §1).
            kestrel.Listen(address, 0, listen => _api = WithHttp(listen));
        }

        kestrel.Listen(address, settings.Arguments.BrowserPort, listen => _browser = WithHttp(listen));
        if (!settings.IsComputeServer)
        {
            kestrel.Listen(address, settings.Arguments.HubPort, listen =>
            {
                _hub = listen;
                listen.UseHub();
            });
        }
    }

    private static ListenOptions WithHttp(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http1;
        return listen;
    }

    private static int PortOf(ListenOptions? listen) => listen?.IPEndPoint?.Port ?? 0;
}
