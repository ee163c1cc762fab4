using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Services;
using ProjectSilo.Conat.Stores;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Terminals;

namespace ProjectSilo.Gateways.Conat.Terminals;

/// <summary>
/// One terminal on the bus (spec 06 §9.2, spec 11): its service <c>services.project-&lt;id&gt;._.terminal-server.&lt;b64&gt;</c>, whose calls go to its grain one after the
/// other (pings at once), and the way of what the grain says to the terminal's stream and to the browsers.
/// </summary>
internal sealed partial class TerminalService : IAsyncDisposable
{
    private const string Kind = "terminal-server";
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    /// <summary>Browsers wait three seconds for an answer.</summary>
    private static readonly TimeSpan StreamTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LastWordsTime = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stopping = new();
    private readonly string _path;
    private readonly ITerminalGrain _grain;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TerminalBrowsers _browsers;
    private readonly TerminalOutput _output;
    private readonly Task _following;
    private ConatService? _served;
    private volatile bool _isClosing;

    /// <summary>The options last given.</summary>
    private volatile TerminalOptions _options = new();

    private TerminalService(string path, ITerminalGrain grain, TerminalOutput output, TerminalBrowsers browsers, TimeProvider time, ILogger logger, CancellationTokenSource stopping)
    {
        (_path, _grain, _output, _browsers, _time, _logger, _stopping) = (path, grain, output, browsers, time, logger, stopping);
        _following = FollowAsync(_stopping.Token);
    }

    /// <summary>Serves a terminal.</summary>
    /// <exception cref="ConatException">The broker refuses it.</exception>
    public static async Task<TerminalService> StartAsync(
        string path, ConatClient client, IGrainFactory grains, ApiIdentity identity, TerminalStreamOptions limits, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        var stopping = new CancellationTokenSource();
        var service = new TerminalService(
            path,
            grains.GetGrain<ITerminalGrain>(GrainKey.Of(identity.ComputeServerId, path)),
            new TerminalOutput(client, new ProjectStores(identity.ProjectId), path, limits, time, logger),
            new TerminalBrowsers(client, identity.ProjectId, path, stopping.Token),
            time,
            logger,
            stopping);
        try
        {
            var options = ServiceOptions.Typed with { ErrorText = WireErrors.Text };
            service._served = await client.ServiceAsync(TerminalSubjects.Server(identity.ProjectId, path), _ => service.HandleAsync, options, cancellationToken).ConfigureAwait(false);
            return service;
        }
        catch
        {
            await service.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>A session with these options. Its beginning is in the stream then, unless its server is slow to take it.</summary>
    /// <returns>The note.</returns>
    public async Task<string> CreateAsync(TerminalOptions options)
    {
        _options = options;
        var started = _output.NextStart;
        var note = await _grain.Create(options).ConfigureAwait(false);
        if (!_output.HasStarted || note.EndsWith("Creating new session.", StringComparison.Ordinal))
        {
            await started.WaitAsync(StreamTime, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return note;
    }

    /// <summary>The terminal is another compute server's now (spec 11 §3.6): its end is the last thing in the stream.</summary>
    public async Task CloseAsync()
    {
        _isClosing = true;
        _served?.Stop();
        await _grain.Close().ConfigureAwait(false);
        await _following.WaitAsync(LastWordsTime, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Serves it no more. Its grain is not touched.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_served is not null)
        {
            await _served.DisposeAsync().ConfigureAwait(false);
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        await _following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _output.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<WireValue> HandleAsync(ConatCall call, CancellationToken cancellationToken)
    {
        using var request = new BusRequest(Kind, call.Name, call.Message.Reply, _time, _logger);
        try
        {
            return await CarryOutAsync(call).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // The edge of a request; the dispatcher answers with the same text.
            request.Fail(exception);
            throw;
        }
    }

    private async Task<WireValue> CarryOutAsync(ConatCall call)
    {
        switch (call.Name)
        {
            case "create":
                var note = await CreateAsync(TerminalBinding.Options(call[0])).ConfigureAwait(false);
                return new WireObject { ["success"] = "ok", ["note"] = note }.Build();
            case "write":
                await _grain.Write(TerminalBinding.Data(call[0])).ConfigureAwait(false);
                break;
            case "restart":
                await _grain.Restart().ConfigureAwait(false);
                break;
            case "cwd":
                return await _grain.WorkingDirectory().ConfigureAwait(false) is { } folder ? folder : WireValue.Null;
            case "kill":
                var cleared = _output.NextClear;
                await _grain.Kill().ConfigureAwait(false);
                await cleared.WaitAsync(StreamTime, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                break;
            case "size":
                var (browser, size, isKick) = TerminalBinding.Size(call[0]);
                await _grain.Resize(browser, size, isKick).ConfigureAwait(false);
                break;
            case "close":
                await _grain.Leave(call[0].ScalarToText() ?? "").ConfigureAwait(false);
                break;
            default:
                throw new RequestException($"unknown function '{call.Name}'");
        }

        return WireValue.Null;
    }

    /// <summary>Carries on what the grain says, from one life of it to the next.</summary>
    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await _grain.Remember(_options).ConfigureAwait(false);
                await foreach (var next in _grain.Follow(cancellationToken).WithBatchSize(1).ConfigureAwait(false))
                {
                    await CarryOnAsync(next, cancellationToken).ConfigureAwait(false);
                    await _grain.Confirm(next.Number).ConfigureAwait(false);
                }

                if (_isClosing)
                {
                    return;
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // The edge of a loop: the terminal must not fall silent because the server of its stream refused something once.
                LogFollowingFailed(_logger, _path, exception);
            }

            await Task.Delay(RetryDelay, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async ValueTask CarryOnAsync(TerminalEvent next, CancellationToken cancellationToken)
    {
        switch (next)
        {
            case { Text: { } text }:
                await _output.WriteAsync(text, cancellationToken).ConfigureAwait(false);
                break;
            case { Size: { } size }:
                _browsers.Resize(size);
                break;
            case { Command: { } command }:
                _browsers.Command(command);
                break;
            case { Start: { } start }:
                await _output.StartAsync(start, cancellationToken).ConfigureAwait(false);
                break;
            case { IsCleared: true }:
                await _output.ClearAsync(cancellationToken).ConfigureAwait(false);
                break;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "What terminal {Path} says could not be carried on; it is tried again")]
    private static partial void LogFollowingFailed(ILogger logger, string path, Exception exception);
}
