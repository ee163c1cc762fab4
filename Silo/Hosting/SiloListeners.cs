using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using ProjectSilo.Gateways.HttpApi;
using ProjectSilo.Gateways.Hub;
using ProjectSilo.Silo.ProjectEnvironment;

namespace ProjectSilo.Silo.Hosting;

/// <summary>
/// The endpoints of the one Kestrel (architecture, decision 1). A compute server has no hub endpoint and no HTTP API (spec 01 §18). The ports are
/// known once the host has started.
/// </summary>
internal sealed class SiloListeners(ProcessSettings settings, IPAddress address)
{
    // Not reachable from outside whatever --hostname says (spec 03).
    private readonly IPAddress _apiAddress = IPAddress.IsLoopback(address) ? address : IPAddress.Loopback;
    private ListenOptions? _api;
    private ListenOptions? _browser;
    private ListenOptions? _hub;

    public int ApiPort => PortOf(_api);

    public int BrowserPort => PortOf(_browser);

    public int HubPort => PortOf(_hub);

    /// <summary>Where programs of this machine reach the hub port: the loopback address where all are bound.</summary>
    public IPAddress HubAddress => Reachable(address);

    /// <summary>The address as it goes into a URL for this machine: the loopback address where all are bound.</summary>
    public string UrlHost => HostOf(address);

    /// <summary>The address of the HTTP API as it goes into a URL.</summary>
    public string ApiUrlHost => HostOf(_apiAddress);

    /// <summary>Whether a connection came in at the API's endpoint. Another endpoint may have the same port at another address.</summary>
    public bool IsApi(ConnectionInfo connection) => connection.LocalPort == ApiPort && _apiAddress.Equals(connection.LocalIpAddress);

    public void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        // Kestrel knows only one for all its endpoints; the reference's servers have the same for all, too.
        kestrel.Limits.KeepAliveTimeout = kestrel.ApplicationServices.GetRequiredService<IOptions<HttpApiOptions>>().Value.KeepAliveTimeout;
        if (!settings.IsComputeServer)
        {
            // The API port is never configurable (spec 01 §1).
            kestrel.Listen(_apiAddress, 0, listen => _api = WithHttp(listen));
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

    private static string HostOf(IPAddress address) =>
        Reachable(address) is { AddressFamily: AddressFamily.InterNetworkV6 } v6 ? $"[{v6}]" : Reachable(address).ToString();

    private static IPAddress Reachable(IPAddress address) =>
        address.Equals(IPAddress.Any) ? IPAddress.Loopback
        : address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback
        : address;

    private static ListenOptions WithHttp(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http1;
        return listen;
    }

    private static int PortOf(ListenOptions? listen) => listen?.IPEndPoint?.Port ?? 0;
}
