using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Primitives;
using ProjectSilo.Conat.Server.Broker;

namespace ProjectSilo.Conat.Server.Hosting;

/// <summary>
/// The HTTP side of a broker (spec 05 §1.1, §1.2): all targets whose path begins with <c>{base}/conat/</c>, e.g. <c>/conat/?EIO=4&amp;transport=websocket</c>.
/// Everything else goes on to the next handler. The host checks <c>Origin</c> before this, as for any upgrade of the browser port (spec 04 §10).
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Security", "CA5350", Justification = "The WebSocket handshake is defined with SHA-1.")]
public static class ConatBrokerEndpoint
{
    private const string Polling = "polling";
    private const string WebSocketTransport = "websocket";

    /// <summary>Serves <paramref name="broker"/> below <paramref name="basePath"/>.</summary>
    /// <param name="app">The pipeline.</param>
    /// <param name="basePath">As it stands in request targets: <c>/</c>, <c>/base</c>.</param>
    /// <param name="broker">Gets the WebSockets.</param>
    public static IApplicationBuilder MapConatBroker(this IApplicationBuilder app, string basePath, ConatBroker broker)
    {
        ArgumentNullException.ThrowIfNull(basePath);
        var path = basePath.TrimEnd('/') + "/conat/";
        app.ApplicationServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(broker.Stop);

        // Made when somebody first comes: until then nothing of WebSockets is loaded.
        var serve = new Lazy<RequestDelegate>(() =>
        {
            var branch = app.New();
            branch.UseWebSockets(new WebSocketOptions { KeepAliveInterval = Timeout.InfiniteTimeSpan });
            branch.Run(context => ServeAsync(context, basePath, broker));
            return branch.Build();
        });
        return app.Use((context, next) => IsBelow(path, context) ? serve.Value(context) : next(context));
    }

    /// <summary>Compares the target as it came, not decoded: another way to write the path is another path.</summary>
    private static bool IsBelow(string path, HttpContext context)
    {
        var target = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        return target.Split('?', 2)[0].StartsWith(path, StringComparison.Ordinal);
    }

    private static async Task ServeAsync(HttpContext context, string basePath, ConatBroker broker)
    {
        var isUpgrade = context.WebSockets.IsWebSocketRequest;
        if (Check(context.Request, isUpgrade) is { } error)
        {
            await (isUpgrade ? RefuseUpgradeAsync(context, error) : RefuseAsync(context, error)).ConfigureAwait(false);
            return;
        }

        if (!broker.HasRoom)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        var peer = Peer(context, basePath);
        var stream = await AcceptAsync(context).ConfigureAwait(false);
        await broker.RunAsync(stream, peer, context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>Without compression and without a subprotocol.</summary>
    private static async Task<Stream> AcceptAsync(HttpContext context)
    {
        // RFC 6455 §4.2.2: the key and this constant, hashed.
        var accept = SHA1.HashData(Encoding.ASCII.GetBytes(context.Request.Headers.SecWebSocketKey + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
        var headers = context.Response.Headers;
        (headers.Connection, headers.Upgrade, headers.SecWebSocketAccept) = ("Upgrade", "websocket", Convert.ToBase64String(accept));
        return await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync().ConfigureAwait(false);
    }

    private static EngineIoError? Check(HttpRequest request, bool isUpgrade)
    {
        // Long polling is known, so that its mistakes are told apart, but not offered.
        string? transport = request.Query["transport"];
        if (transport is not (WebSocketTransport or Polling))
        {
            return EngineIoError.TransportUnknown;
        }

        if (!StringValues.IsNullOrEmpty(request.Query["sid"]))
        {
            return EngineIoError.SessionUnknown;
        }

        if (!HttpMethods.IsGet(request.Method) || (transport == WebSocketTransport && !isUpgrade))
        {
            return EngineIoError.BadRequest;
        }

        return request.Query["EIO"] != "4" ? EngineIoError.VersionUnsupported
            : transport == Polling ? EngineIoError.TransportUnknown
            : null;
    }

    private static Task RefuseAsync(HttpContext context, EngineIoError error)
    {
        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        context.Response.ContentType = "application/json";
        return WriteAsync(context, $$"""{"code":{{error.Code}},"message":"{{error.Message}}"}""");
    }

    private static Task RefuseUpgradeAsync(HttpContext context, EngineIoError error)
    {
        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        context.Response.ContentType = "text/html";
        context.Response.Headers.Connection = "close";
        return WriteAsync(context, error.Message);
    }

    private static Task WriteAsync(HttpContext context, string text)
    {
        var body = Encoding.UTF8.GetBytes(text);
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    /// <summary>What <c>X-Forwarded-For</c> says is believed for statistics and logs only: nothing is decided by it, and anybody can write it.</summary>
    private static BrokerPeer Peer(HttpContext context, string basePath)
    {
        const int MaxAddressLength = 64;
        var request = context.Request;
        var cookies = request.Headers.Cookie;
        string? forwarded = request.Headers["X-Forwarded-For"];
        var address = string.IsNullOrEmpty(forwarded) ? context.Connection.RemoteIpAddress?.ToString() ?? "" : forwarded.Split(',')[0].Trim();
        address = address.Length > MaxAddressLength ? address[..MaxAddressLength] : address;
        return new BrokerPeer(cookies.Count == 0 ? null : string.Join("; ", cookies.ToArray()), address, $"{request.Scheme}://{request.Host}{basePath.TrimEnd('/')}");
    }

    private sealed record EngineIoError(int Code, string Message)
    {
        public static readonly EngineIoError TransportUnknown = new(0, "Transport unknown");
        public static readonly EngineIoError SessionUnknown = new(1, "Session ID unknown");
        public static readonly EngineIoError BadRequest = new(3, "Bad request");
        public static readonly EngineIoError VersionUnsupported = new(5, "Unsupported protocol version");
    }
}
