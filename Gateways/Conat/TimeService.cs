using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Services;
using ProjectSilo.Conat.Transports;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Gateways.Conat;

/// <summary>
/// <c>time.*.api</c> (spec 06 §15): tells browsers the time, which under a hub is the hub's to do. So it needs a client of its own, which may subscribe as a hub.
/// </summary>
/// <param name="transport">Connects as a hub.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Gets what happens to the connection.</param>
internal sealed partial class TimeService(IConatTransport transport, TimeProvider time, ILogger<TimeService> logger) : IHostedService, IAsyncDisposable
{
    private const string Subject = "time.*.api";

    private readonly ConatClient _client = new(transport, new ConatClientOptions
    {
        InboxPrefix = ConatNames.HubInbox("hub"),
        Time = time,
        Log = (message, exception) => LogClient(logger, message, exception),
    });

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _client.Start();
        // It lives as long as the client.
        _ = _client.Service(Subject, name => name == "time" ? Now : null, ServiceOptions.Typed with { KeyOf = null });
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => _client.DisposeAsync().AsTask().WaitAsync(cancellationToken);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private ValueTask<WireValue> Now(ConatCall call, CancellationToken cancellationToken) => new(time.GetUtcNow().ToUnixTimeMilliseconds());

    [LoggerMessage(Level = LogLevel.Information, Message = "Time: {Message}")]
    private static partial void LogClient(ILogger logger, string message, Exception? exception);
}
