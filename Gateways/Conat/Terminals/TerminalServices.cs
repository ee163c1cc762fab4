using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Stores;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Terminals;

namespace ProjectSilo.Gateways.Conat.Terminals;

/// <summary>The terminals that this daemon serves on the bus (spec 11 §2). One that the store <c>compute-server-manager</c> gives to another compute server is closed.</summary>
internal sealed partial class TerminalServices(
    ConatClient client, IGrainFactory grains, ApiIdentity identity, IOptions<TerminalStreamOptions> options, TimeProvider time, ILogger<TerminalServices> logger)
    : ITerminalServices, IHostedService, IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<Task<TerminalService>>> _terminals = new(StringComparer.Ordinal);

    /// <summary>The calls that are under way: who asks meanwhile for the same terminal, has the same answer.</summary>
    private readonly ConcurrentDictionary<(string Path, bool IsCreate), Lazy<Task>> _calls = new();
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Guards <see cref="_watching"/>.</summary>
    private readonly Lock _lock = new();

    /// <summary>Begins with the first terminal: a daemon without any opens no store for them.</summary>
    private Task? _watching;

    /// <inheritdoc />
    public async Task CreateAsync(string path, TerminalOptions? options, CancellationToken cancellationToken)
    {
        if (_stopping.IsCancellationRequested)
        {
            throw new RequestException("the project is stopping");
        }

        Watch();

        var call = (path, options is not null);
        await _calls.GetOrAdd(call, added => new Lazy<Task>(() => RunAsync(added.Path, options))).Value.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_terminals.Values.Select(terminal => StopAsync(terminal.Value))).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public void Dispose() => _stopping.Dispose();

    private async Task RunAsync(string path, TerminalOptions? options)
    {
        var starting = _terminals.GetOrAdd(path, added => new Lazy<Task<TerminalService>>(() => StartAsync(added)));
        try
        {
            var terminal = await starting.Value.ConfigureAwait(false);
            if (options is not null)
            {
                await terminal.CreateAsync(options).ConfigureAwait(false);
            }
        }
        catch when (starting.Value.IsFaulted || starting.Value.IsCanceled)
        {
            _terminals.TryRemove(KeyValuePair.Create(path, starting));
            throw;
        }
        finally
        {
            _calls.TryRemove((path, options is not null), out _);
        }
    }

    private Task<TerminalService> StartAsync(string path) =>
        TerminalService.StartAsync(path, client, grains, identity, options.Value, time, logger, _stopping.Token);

    private static async Task StopAsync(Task<TerminalService> terminal)
    {
        await ((Task)terminal).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (terminal.IsCompletedSuccessfully)
        {
            await (await terminal.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Watch()
    {
        lock (_lock)
        {
            _watching ??= WatchAsync();
        }
    }

    private async Task WatchAsync()
    {
        try
        {
            // For as long as it takes; it lives as long as the client.
            var begin = time.GetUtcNow();
            var managers = await client.OpenDkvAsync(new ProjectStores(identity.ProjectId).ComputeServerManager, _stopping.Token).ConfigureAwait(false);
            managers.Changed += change => OnManagerChanged(change.Key, change.Value);

            // What was changed before it was open. Older entries don't count: who asks for a terminal here knows them.
            foreach (var (path, value) in managers.GetAll())
            {
                if (managers.Time(path) >= begin)
                {
                    OnManagerChanged(path, value);
                }
            }
        }
        catch (Exception exception) when (exception is ConatException or OperationCanceledException)
        {
            LogNotWatched(logger, exception);
        }
    }

    private void OnManagerChanged(string path, WireValue? value)
    {
        var id = (value as WireValue.Members)?["id"].AsNumber() ?? 0;
        if ((int)id != identity.ComputeServerId && _terminals.TryRemove(path, out var terminal))
        {
            _ = CloseAsync(path, terminal.Value);
        }
    }

    private async Task CloseAsync(string path, Task<TerminalService> terminal)
    {
        try
        {
            await (await terminal.ConfigureAwait(false)).CloseAsync().ConfigureAwait(false);
            LogMoved(logger, path);
        }
        catch (Exception exception)
        {
            // The edge of the store's event.
            LogNotClosed(logger, path, exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "It is not watched which compute server a terminal is on")]
    private static partial void LogNotWatched(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Terminal {Path} is on another compute server now")]
    private static partial void LogMoved(ILogger logger, string path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Terminal {Path}, which is on another compute server now, could not be closed")]
    private static partial void LogNotClosed(ILogger logger, string path, Exception exception);
}
