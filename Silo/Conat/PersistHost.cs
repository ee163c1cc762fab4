using Microsoft.Extensions.Options;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Server.Persist;
using ProjectSilo.Conat.Transports;
using ProjectSilo.Grains.Native;
using ProjectSilo.Silo.ProjectEnvironment;

namespace ProjectSilo.Silo.Conat;

/// <summary>
/// Serves streams as long as the daemon runs (spec 07): standalone those of everybody, as a hub would; on an outside bus, if it is asked to, this project's. Nothing of SQLite is
/// loaded before somebody opens a stream.
/// </summary>
internal sealed partial class PersistHost : IHostedService, IAsyncDisposable
{
    private const string Caller = "persist";

    private readonly ConatClient _client;
    private readonly PersistServer _server;

    /// <param name="transport">Connects as somebody who may subscribe for the streams' subjects.</param>
    /// <param name="isHub">Whether that is a hub.</param>
    /// <param name="settings">Where the streams are, and which project this is.</param>
    /// <param name="options">How to serve.</param>
    /// <param name="blockingWork">Waits for the disk.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Get what no client is told.</param>
    public PersistHost(
        IConatTransport transport, bool isHub, ProcessSettings settings, IOptions<PersistOptions> options, BlockingWork blockingWork, TimeProvider time, ILoggerFactory loggers)
    {
        var logger = loggers.CreateLogger<PersistServer>();
        _client = new ConatClient(transport, new ConatClientOptions
        {
            InboxPrefix = isHub ? ConatNames.HubInbox("hub") : ConatNames.ProjectInbox(settings.ProjectId),
            Time = time,
            Log = (message, exception) => LogClient(logger, message, exception),
        });
        var scope = isHub ? null : PersistOwner.Project(settings.ProjectId).Scope;
        _server = new PersistServer(_client, options.Value.ToServer(settings.Sync, scope, work => blockingWork.Run(Caller, work), time), logger);
    }

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _client.Start();
        _server.Start();
        return Task.CompletedTask;
    }

    /// <summary>Tells all clients, carries out what they asked for, and leaves the files as any program may read them.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => DisposeAsync().AsTask().WaitAsync(cancellationToken);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _client.DisposeAsync();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Persist: {Message}")]
    private static partial void LogClient(ILogger logger, string message, Exception? exception);
}
