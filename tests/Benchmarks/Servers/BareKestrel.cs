using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Hosting;

namespace ProjectSilo.Benchmarks.Servers;

/// <summary>As little as a Kestrel can be.</summary>
internal static class BareKestrel
{
    /// <summary>Serves until it is told to stop. Writes its port to <paramref name="portFile"/> once it listens.</summary>
    public static async Task<int> Run(string portFile, Action<ListenOptions> configureEndpoint, Action<IApplicationBuilder> configureHttp)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        ListenOptions? endpoint = null;
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            endpoint = listen;
            configureEndpoint(listen);
        }));
        await using var app = builder.Build();
        configureHttp(app);
        await app.StartAsync();
        PortFile.Write(portFile, endpoint!.IPEndPoint!.Port);
        await app.WaitForShutdownAsync();
        return 0;
    }
}
