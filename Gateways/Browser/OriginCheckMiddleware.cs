using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ProjectSilo.Gateways.Browser;

/// <summary>Answers upgrades from pages of other sites with 403, before anything else sees them.</summary>
public static partial class OriginCheckMiddleware
{
    public static IApplicationBuilder UseOriginCheck(this IApplicationBuilder app, IOptions<OriginCheckOptions> options, ILoggerFactory loggers)
    {
        var logger = loggers.CreateLogger(typeof(OriginCheckMiddleware));
        return app.Use((context, next) =>
        {
            var headers = context.Request.Headers;
            if (headers.Upgrade.Count == 0 || OriginCheck.IsAllowed(headers.Origin, context.Request.Host.Value ?? "", options.Value))
            {
                return next(context);
            }

            LogRefused(logger, headers.Origin.ToString(), context.Request.Host.Value);
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        });
    }
}
