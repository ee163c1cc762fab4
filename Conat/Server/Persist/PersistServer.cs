using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Server.Persist.Engine;
using ProjectSilo.Conat.Sockets;

namespace ProjectSilo.Conat.Server.Persist;

/// <summary>
/// Serves streams to all who may use them (spec 07 §1), over any client that may subscribe to <c>persist.*.…</c>. Nothing of SQLite is loaded before a stream is opened that is
/// not ephemeral.
/// </summary>
/// <example><code>
/// await using var server = new PersistServer(client, new PersistServerOptions { Root = "/data/sync" });
/// await server.StartAsync(cancellationToken);
/// </code></example>
public sealed partial class PersistServer : IAsyncDisposable
{
    /// <summary>Sockets beyond those that may have a stream, so that the others are told why not.</summary>
    private const int SpareSockets = 1_000;

    private readonly ConatClient _client;
    private readonly PersistServerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Guards what has been started.</summary>
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<PersistSession, Task> _sessions = new();
    private Task? _balancing;
    private Task? _serving;
    private Task? _disposal;

    /// <param name="client">May subscribe to the service's subjects. It stays its owner's.</param>
    /// <param name="options">How.</param>
    /// <param name="logger">Gets what no client is told; null drops it.</param>
    public PersistServer(ConatClient client, PersistServerOptions options, ILogger<PersistServer>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(options);
        (_client, _options, _logger) = (client, options, logger ?? NullLogger<PersistServer>.Instance);
        _time = options.Time ?? TimeProvider.System;
        Streams = new StreamTable(options, _time, _logger);
        Quota = new OpenQuota(options.MaxOpenPerScope, options.MaxOpen);
        Reads = new SemaphoreSlim(options.MaxReadsAtOnce);
    }

    /// <summary>Streams that are open now.</summary>
    public int OpenStreams => Streams.Count;

    /// <summary>Files that are open now.</summary>
    public int OpenFiles => Streams.OpenFileCount;

    internal StreamTable Streams { get; }

    internal OpenQuota Quota { get; }

    /// <summary>Held by answers to <c>getAll</c> of more than one part.</summary>
    internal SemaphoreSlim Reads { get; }

    internal ConatClient Client => _client;

    internal PersistServerOptions Options => _options;

    internal TimeProvider Time => _time;

    internal ILogger Logger => _logger;

    private string Subject => _options.Scope is { } scope ? $"{_options.Service}.{scope}" : PersistSubjects.ServerPattern(_options.Service);

    /// <summary>Begins to serve, as soon as there is a connection; doesn't wait.</summary>
    public void Start()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposal is not null, this);
            _serving ??= Task.Run(() => KeepAsync(ServeAsync));
            _balancing ??= _options.Ids is null ? Task.CompletedTask : Task.Run(() => KeepAsync(BalanceAsync));
        }
    }

    /// <summary>Closes all sockets and tells their clients, carries out what they asked for, and closes all files.</summary>
    public async ValueTask DisposeAsync()
    {
        Task disposal;
        lock (_gate)
        {
            disposal = _disposal ??= StopAsync();
        }

        await disposal.ConfigureAwait(false);
    }

    private async Task StopAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_serving ?? Task.CompletedTask, _balancing ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_sessions.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Streams.WhenClosedAsync(CancellationToken.None).ConfigureAwait(false);
        Streams.Dispose();
        Reads.Dispose();
    }

    /// <summary>Does something until the end, and again if it fails.</summary>
    private async Task KeepAsync(Func<CancellationToken, Task> action)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await action(_stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // The edge of a loop: the broker refuses, or the client is closed.
                LogEnded(_logger, Subject, exception);
            }

            if (_client.State == ConatState.Closed)
            {
                return;
            }

            await Task.Delay(_options.RetryDelay, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ServeAsync(CancellationToken cancellationToken)
    {
        var options = new ConatSocketOptions { Id = _options.Id, MaxConnections = _options.MaxOpen + SpareSockets, Time = _time };
        await using var listener = await _client.ListenSocketAsync(Subject, options, cancellationToken).ConfigureAwait(false);
        LogServing(_logger, Subject, _options.Id);
        await foreach (var socket in listener.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            Serve(socket);
        }

        await listener.Completion.ConfigureAwait(false);
    }

    private void Serve(ConatSocketConnection socket)
    {
        var session = new PersistSession(this, socket);
        _sessions[session] = Task.CompletedTask;
        var running = session.RunAsync();
        _sessions.TryUpdate(session, running, Task.CompletedTask);
        _ = ForgetAsync(session, running);
    }

    private async Task ForgetAsync(PersistSession session, Task running)
    {
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _sessions.TryRemove(session, out _);
    }

    /// <summary>Tells which server is a scope's (spec 07 §1.2).</summary>
    private async Task BalanceAsync(CancellationToken cancellationToken)
    {
        var pattern = _options.Scope is { } scope ? $"{_options.Service}.{scope}.id" : PersistSubjects.LoadBalancerPattern(_options.Service);
        using var requests = await _client.SubscribeAsync(pattern, new SubscribeOptions { Queue = _options.Service }, cancellationToken).ConfigureAwait(false);
        await foreach (var request in requests.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            try
            {
                _client.Respond(request, PersistServerIds.Choose(PersistSubjects.ScopeOf(request.Subject), _options.Ids!));
            }
            catch (ConatException exception)
            {
                // Its reply subject is none.
                LogEnded(_logger, request.Subject, exception);
            }
        }
    }

    [LoggerMessage(LogLevel.Information, "Serving streams at {Subject} as server {Id}")]
    private static partial void LogServing(ILogger logger, string subject, string id);

    [LoggerMessage(LogLevel.Warning, "Streams can't be served at {Subject}")]
    private static partial void LogEnded(ILogger logger, string subject, Exception exception);
}
