using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using ProjectSilo.Conat.Core;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>
/// Conat's broker (spec 05): routes messages between connections, which come over WebSockets (<see cref="RunAsync"/>) or from the same process.
/// </summary>
public sealed partial class ConatBroker : IDisposable
{

    private readonly ILogger<ConatBroker> _logger;
    private readonly IConatAuthenticator _authenticator;
    private readonly ConcurrentDictionary<string, BrokerSession> _sessions = new(StringComparer.Ordinal);

    /// <summary>Protects the numbers of connections.</summary>
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _connectionsOfUser = new(StringComparer.Ordinal);
    private int _connections;
    private int _webSockets;
    private readonly CancellationTokenSource _stopping = new();

    /// <param name="options">Bounds and times, valid.</param>
    /// <param name="authenticator">Tells who connects.</param>
    /// <param name="permissions">Tells what they may do.</param>
    /// <param name="time">Measures all waits.</param>
    /// <param name="logger">Gets what clients must not see.</param>
    public ConatBroker(
        ConatBrokerOptions options, IConatAuthenticator authenticator, IConatPermissions permissions, TimeProvider time, ILogger<ConatBroker> logger)
    {
        (Options, _authenticator, Permissions, Time, _logger) = (options, authenticator, permissions, time, logger);
        Waiters = new InterestWaiters(Interest, time);
        Stopping = _stopping.Token;
    }

    /// <summary>How many WebSockets there are, signed in or not.</summary>
    public int WebSockets => Volatile.Read(ref _webSockets);

    /// <summary>Whether one more WebSocket is welcome.</summary>
    public bool HasRoom => WebSockets < Options.MaxWebSockets;

    /// <summary>All sessions in numbers.</summary>
    public IEnumerable<SessionStatistics> Statistics => _sessions.Values.Select(session => session.Counters.Read(session));

    /// <summary>Cancelled by <see cref="Stop"/>.</summary>
    internal CancellationToken Stopping { get; }

    internal ConatBrokerOptions Options { get; }

    internal IConatPermissions Permissions { get; }

    internal TimeProvider Time { get; }

    internal InterestTable Interest { get; } = new();

    internal InterestWaiters Waiters { get; }

    internal SharedBufferPool Buffers { get; } = new();

    internal Random Random { get; } = Random.Shared;

    /// <summary>Serves one WebSocket until it ends; disposes it.</summary>
    /// <param name="stream">After the handshake, in which no compression was agreed on.</param>
    /// <param name="peer">What its handshake said.</param>
    /// <param name="cancellationToken">Ends it at once.</param>
    public async Task RunAsync(Stream stream, BrokerPeer peer, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _webSockets);
        try
        {
            using var connection = new BrokerConnection(this, stream, peer);
            await connection.RunAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            // The edge: one connection's failure is nobody else's.
            LogConnectionFailed(_logger, failure);
        }
        finally
        {
            Interlocked.Decrement(ref _webSockets);
        }
    }

    /// <summary>Says goodbye to all WebSockets, and ends those that don't answer within <see cref="ConatBrokerOptions.StopTimeout"/>. Clients look for the next broker.</summary>
    public void Stop() => _stopping.Cancel();

    /// <summary>Stops, if it has not stopped yet.</summary>
    public void Dispose()
    {
        Stop();
        _stopping.Dispose();
    }

    /// <summary>20 characters that nobody can guess.</summary>
    internal static string NewSocketId() => ConatId.New() + ConatId.New();

    /// <summary>Asks who somebody is; a failure of that itself is a refusal.</summary>
    internal async ValueTask<AuthenticationResult> AuthenticateAsync(string? cookies, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(Options.AuthenticationTimeout, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await _authenticator.AuthenticateAsync(cookies, either.Token).AsTask().WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            LogAuthenticationFailed(_logger, failure);
            return AuthenticationResult.Refused("authentication failed");
        }
    }

    /// <summary>Counts a session in.</summary>
    /// <returns>Why not, if there are too many.</returns>
    internal BrokerError? TryAdd(BrokerSession session)
    {
        const string Advice = "   Please close browser tabs or files or come back later.";
        lock (_gate)
        {
            var ofUser = _connectionsOfUser.GetValueOrDefault(session.User.Json);
            if (ofUser >= Options.MaxConnectionsPerUser)
            {
                return new BrokerError($"There is a per user limit of {Options.MaxConnectionsPerUser} connections to CoCalc.{Advice}", BrokerError.LimitReached);
            }

            if (_connections >= Options.MaxConnections)
            {
                return new BrokerError($"There is a global limit of {Options.MaxConnections} connections to CoCalc.{Advice}", BrokerError.LimitReached);
            }

            _connectionsOfUser[session.User.Json] = ofUser + 1;
            _connections++;
        }

        _sessions[session.Id] = session;
        return null;
    }

    /// <summary>Takes a session of this process, which no limit of connections holds for.</summary>
    internal void AddOwn(BrokerSession session) => _sessions[session.Id] = session;

    /// <summary>Counts a session out; called once by the session itself.</summary>
    internal void Remove(BrokerSession session)
    {
        if (!_sessions.TryRemove(session.Id, out _) || session.IsOwn)
        {
            return;
        }

        lock (_gate)
        {
            _connections--;
            if (--_connectionsOfUser[session.User.Json] == 0)
            {
                _connectionsOfUser.Remove(session.User.Json);
            }
        }
    }

    internal void LogConnectionFailed(Exception failure) => LogConnectionFailed(_logger, failure);

    internal void LogSlowConsumer(string user) => LogSlowConsumer(_logger, user, Options.MaxQueuedBytes);

    internal void LogRefused(string address, string reason) => LogRefused(_logger, address, reason);
}
