using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProjectSilo.Gateways.Api;

namespace ProjectSilo.Gateways.Hub;

/// <summary>The hub TCP listener (spec 02): a Kestrel connection is unlocked by the token, then served by a <see cref="HubSession"/>.</summary>
public sealed partial class HubConnectionHandler : ConnectionHandler
{
    private readonly SecretToken _token;
    private readonly HubGatewayOptions _options;
    private readonly HubEvents _events;
    private readonly HubDirectory _directory;
    private readonly LockedConnections _locked;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private int _count;

    internal HubConnectionHandler(
        SecretToken token,
        IOptions<HubGatewayOptions> options,
        HubEvents events,
        HubDirectory directory,
        IHostApplicationLifetime lifetime,
        TimeProvider time,
        ILogger<HubConnectionHandler> logger)
    {
        _token = token;
        _options = options.Value;
        _events = events;
        _directory = directory;
        _locked = new LockedConnections(_options.MaxLockedConnections);
        _lifetime = lifetime;
        _time = time;
        _logger = logger;
    }

    /// <inheritdoc />
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var name = $"hub:{Interlocked.Increment(ref _count)}";
        HubInstruments.ConnectionOpened();
        try
        {
            connection.Features.Get<IConnectionSocketFeature>()?.Socket.SetSocketOption(
                System.Net.Sockets.SocketOptionLevel.Socket, System.Net.Sockets.SocketOptionName.KeepAlive, true);
            if (await Unlock(name, connection).ConfigureAwait(false))
            {
                var session = new HubSession(name, connection, _events, _directory, _options, _time, _logger);
                await session.Run(_lifetime.ApplicationStopping).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The connection was reset, or closed by us for a reason that is logged where it arose.
            LogEnded(_logger, name, exception.Message);
        }
        finally
        {
            HubInstruments.ConnectionClosed();
        }
    }

    private async Task<bool> Unlock(string name, ConnectionContext connection)
    {
        using var deadline = new CancellationTokenSource(_options.UnlockTimeout, _time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, connection.ConnectionClosed, _lifetime.ApplicationStopping);
        var place = _locked.Enter(() => connection.Abort(new ConnectionAbortedException("too many connections have not sent the token")));
        try
        {
            var result = await HubUnlock.Run(connection.Transport, _token, end.Token).ConfigureAwait(false);
            if (result == HubUnlockResult.Refused)
            {
                HubInstruments.TokenRefused();
                LogRefused(_logger, name);
            }

            return result == HubUnlockResult.Unlocked;
        }
        finally
        {
            _locked.Leave(place);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Session}: refused, the secret token is wrong")]
    private static partial void LogRefused(ILogger logger, string session);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Session}: ended ({Reason})")]
    private static partial void LogEnded(ILogger logger, string session, string reason);
}
