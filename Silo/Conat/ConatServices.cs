using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using ProjectSilo.Conat.Transports;
using ProjectSilo.Conat.Transports.SocketIo;
using ProjectSilo.Gateways.Conat;
using ProjectSilo.Gateways.Conat.Listings;
using ProjectSilo.Gateways.Conat.Status;
using ProjectSilo.Gateways.Conat.Terminals;
using ProjectSilo.Grains.Native;
using ProjectSilo.Silo.Hosting;
using ProjectSilo.Silo.ProjectEnvironment;
using ProjectSilo.Silo.Startup;

namespace ProjectSilo.Silo.Conat;

/// <summary>
/// The daemon's place on the bus: <see cref="IConatTransport"/>, which is in process standalone and Socket.IO to <c>CONAT_SERVER</c> under a hub (architecture,
/// decisions 6 and 13). And what the daemon serves there.
/// </summary>
internal static class ConatServices
{
    public static void AddConat(this WebApplicationBuilder builder, PreparedStart start)
    {
        var services = builder.Services;
        FixedOptions.Add(
            builder,
            new ConatTransportOptions(),
            static (configuration, options) => configuration.GetSection(ConatTransportOptions.Section).Bind(options),
            new ConatTransportOptionsValidator());
        services.AddConatGateway();
        FixedOptions.Add(
            builder,
            new ConatGatewayOptions(),
            static (configuration, options) => configuration.GetSection(ConatGatewayOptions.Section).Bind(options),
            new ConatGatewayOptionsValidator());
        var limits = start.Settings.Limits;
        FixedOptions.Add(
            builder,
            new TerminalStreamOptions
            {
                HistoryLimitBytes = limits.TerminalHistoryBytes,
                MaxBytesPerSecond = limits.TerminalMaxBytesPerSecond,
                MaxMessagesPerSecond = 5 * limits.TerminalMaxMessagesPerSecond,
            },
            static (configuration, options) => configuration.GetSection(TerminalStreamOptions.Section).Bind(options),
            new TerminalStreamOptionsValidator());
        var persist = new PersistOptions();
        FixedOptions.Add(
            builder,
            persist,
            static (configuration, options) => configuration.GetSection(PersistOptions.Section).Bind(options),
            new PersistOptionsValidator());
        FixedOptions.Add(
            builder,
            new ListingsOptions { OpenAtStart = !start.Settings.IsStandalone },
            static (configuration, options) => configuration.GetSection(ListingsOptions.Section).Bind(options),
            new ListingsOptionsValidator());
        FixedOptions.Add(
            builder,
            new ProjectStatusOptions { WaitForInterest = start.Settings.IsStandalone, ScanAtStart = start.Settings.AutoRenice || start.Settings.Arguments.Kucalc },
            static (configuration, options) => configuration.GetSection(ProjectStatusOptions.Section).Bind(options),
            new ProjectStatusOptionsValidator());
        if (start.Settings.IsStandalone)
        {
            builder.AddStandaloneBroker(start);
            if (persist.Serve != false)
            {
                builder.AddStandalonePersist();
            }

            return;
        }

        services.AddVersionCheck();
        var address = ServerAddress(start.Settings.ConatServer!);
        services.AddSingleton<IConatTransport>(provider => new SocketIoTransport(provider.GetRequiredService<IOptions<ConatTransportOptions>>().Value.ToSocketIo(
            address, new ConatLogin(start.Settings, start.Token, provider.GetRequiredService<BlockingWork>()).CookieAsync, provider.GetRequiredService<TimeProvider>())));
        if (persist.Serve == true)
        {
            services.AddPersist(isHub: false, static provider => provider.GetRequiredService<IConatTransport>());
        }
    }

    /// <summary>Serves streams.</summary>
    /// <param name="services">The host's.</param>
    /// <param name="isHub">Whether the transport connects as a hub.</param>
    /// <param name="transport">The way to the bus.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void AddPersist(this IServiceCollection services, bool isHub, Func<IServiceProvider, IConatTransport> transport) =>
        services.AddSingleton<IHostedService>(provider => new PersistHost(
            transport(provider),
            isHub,
            provider.GetRequiredService<ProcessSettings>(),
            provider.GetRequiredService<IOptions<PersistOptions>>(),
            provider.GetRequiredService<BlockingWork>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>()));

    /// <exception cref="StartFailedException">It is no address of a server.</exception>
    private static Uri ServerAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" or "ws" or "wss"
            ? address
            : throw new StartFailedException($"env variable CONAT_SERVER invalid -- it must start with http:// or https://: '{text}'");
}
