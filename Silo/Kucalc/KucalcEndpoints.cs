using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using ProjectSilo.Silo.ProjectEnvironment;

namespace ProjectSilo.Silo.Kucalc;

/// <summary>
/// <c>/health</c> and <c>/metrics</c> of the browser port, without the base path, any method, also with a trailing sub-path (spec 01 §10): for
/// everybody in Kubernetes mode, for this machine when standalone, for nobody else.
/// </summary>
internal static class KucalcEndpoints
{
    private const string NoCache = "no-cache, no-store";

    public static void UseKucalcEndpoints(this IApplicationBuilder app, ProcessSettings settings, MetricsPage metrics)
    {
        app.Use((context, next) =>
        {
            if (!(settings.Arguments.Kucalc || (settings.IsStandalone && IsLoopback(context.Connection.RemoteIpAddress))))
            {
                return next(context);
            }

            if (context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal))
            {
                return RespondAsync(context, "text/plain; charset=utf-8", "OK");
            }

            return context.Request.Path.StartsWithSegments("/metrics", StringComparison.Ordinal)
                ? RespondAsync(context, "text/plain; version=0.0.4; charset=utf-8", metrics.Compose())
                : next(context);
        });
    }

    private static bool IsLoopback(IPAddress? address) => address is not null && IPAddress.IsLoopback(address);

    private static Task RespondAsync(HttpContext context, string contentType, string body)
    {
        context.Response.ContentType = contentType;
        context.Response.Headers.CacheControl = NoCache;
        var bytes = Encoding.UTF8.GetBytes(body);
        context.Response.ContentLength = bytes.Length;
        return context.Response.Body.WriteAsync(bytes, 0, bytes.Length);
    }
}
