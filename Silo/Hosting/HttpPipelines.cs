using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using ProjectSilo.Gateways.Browser;
using ProjectSilo.Gateways.HttpApi;
using ProjectSilo.Silo.Conat;
using ProjectSilo.Silo.Kucalc;
using ProjectSilo.Silo.ProjectEnvironment;

namespace ProjectSilo.Silo.Hosting;

/// <summary>The two HTTP pipelines. The endpoint of a connection selects one, so that a route of one port never answers on the other.</summary>
internal static class HttpPipelines
{
    public static void UsePipelinesByPort(this WebApplication app)
    {
        var listeners = app.Services.GetRequiredService<SiloListeners>();
        var api = Build(app, ConfigureApi);
        var browser = Build(app, ConfigureBrowser);
        ((IApplicationBuilder)app).Run(context => listeners.IsApi(context.Connection) ? api(context) : browser(context));
    }

    /// <summary>The HTTP API of scripts in the project (spec 03).</summary>
    private static void ConfigureApi(IApplicationBuilder app) => app.RunHttpApi();

    /// <summary>The server of browsers (spec 04).</summary>
    private static void ConfigureBrowser(IApplicationBuilder app)
    {
        var services = app.ApplicationServices;
        var settings = services.GetRequiredService<ProcessSettings>();
        if (settings.Arguments.Kucalc || settings.IsStandalone)
        {
            app.UseKucalcEndpoints(settings, services.GetRequiredService<MetricsPage>());
        }

        app.UseOriginCheck(services.GetRequiredService<IOptions<OriginCheckOptions>>(), services.GetRequiredService<ILoggerFactory>());
        if (settings.IsStandalone)
        {
            app.UseStandaloneBroker(settings);
        }

        app.Run(NotAvailableAsync);
    }

    private static RequestDelegate Build(IApplicationBuilder app, Action<IApplicationBuilder> configure)
    {
        var branch = app.New();
        configure(branch);
        return branch.Build();
    }

    private static Task NotAvailableAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync("not available yet");
    }
}
