using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Options;
using ProjectSilo.Silo.DataDirectory;
using ProjectSilo.Silo.Detaching;
using ProjectSilo.Silo.InitScript;
using ProjectSilo.Silo.Logging;
using ProjectSilo.Silo.ProjectEnvironment;
using ProjectSilo.Silo.Signals;
using ProjectSilo.Silo.Standalone;
using ProjectSilo.Silo.Startup;
using ProjectSilo.Silo.UnexpectedErrors;

namespace ProjectSilo.Silo.Hosting;

/// <summary>One run of the daemon after its checks: the start sequence of spec 01 §6, the wait, and the stop of §17.</summary>
internal sealed partial class SiloRun
{
    private readonly WebApplication _app;
    private readonly PreparedStart _start;
    private readonly DataFiles _files;
    private readonly SiloListeners _listeners;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public SiloRun(WebApplication app, PreparedStart start, TimeProvider time)
    {
        _app = app;
        _start = start;
        _time = time;
        _files = app.Services.GetRequiredService<DataFiles>();
        _listeners = app.Services.GetRequiredService<SiloListeners>();
        _logger = app.Services.GetRequiredService<ILogger<SiloRun>>();
        app.Services.GetRequiredService<BugCounter>().LogTo(_logger);
    }

    private ProcessSettings Settings => _start.Settings;

    /// <summary>Runs until a signal or a service asks for the end.</summary>
    /// <returns>The exit code. A signal ends the process by itself, so then this doesn't return.</returns>
    public async Task<int> RunAsync(StopSignals signals)
    {
        int? signal;
        try
        {
            _app.Services.GetRequiredService<FixedOptions>().Check();
            LogWhatIsMissing();
            var initScript = Settings.Arguments.Init.Length > 0
                ? _app.Services.GetRequiredService<InitScriptRunner>().RunAsync(Settings.Arguments.Init)
                : Task.CompletedTask;
            await StartAsync();
            var options = _app.Services.GetRequiredService<IOptions<SiloOptions>>().Value;
            using var watchdog = new ThreadPoolWatchdog(options.WatchdogInterval, options.WatchdogMaxMissed, _logger);
            signal = await WaitForEndAsync(signals);
            LogStopping(signal);
            await StopAsync();
            LogIfFailed(initScript);
        }
        catch (Exception exception)
        {
            LogFailed(exception);
            throw;
        }
        finally
        {
            _files.RemoveAtStop();
            await FlushLogAsync();
        }

        return signal is { } number ? await StopSignals.DieAsync(number, _time) : Environment.ExitCode;
    }

    /// <summary>Steps 4 to 8 of spec 01 §6. All servers listen before the first port is published; the hub's is the last.</summary>
    private async Task StartAsync()
    {
        _files.RemovePorts();
        if (Settings.SecretTokenPath is { } tokenPath && !_files.LinkToken(tokenPath))
        {
            LogNoLink("secret_token");
        }

        _files.WriteInfo(Settings, ProjectLocation.Host(Settings));
        _files.RefreshPid();
        _files.WriteSession(_app.Services.GetRequiredService<ProcessSession>());
        await _app.StartAsync();
        if (!_files.LinkRoot())
        {
            LogNoLink("root");
        }

        if (!Settings.IsComputeServer)
        {
            _files.WriteApiPort(_listeners.ApiPort);
            _files.WriteBrowserPort(_listeners.BrowserPort);
            _files.WriteHubAddress(_listeners.HubAddress);
            _files.WriteHubPort(_listeners.HubPort);
        }

        LogReady(_listeners.HubPort, _listeners.BrowserPort, _listeners.ApiPort);
        if (Settings.IsStandalone)
        {
            await Console.Out.WriteAsync(StandaloneGreeting.Compose(
                Settings.ProjectId,
                Settings.Data,
                _listeners.UrlHost,
                _listeners.BrowserPort,
                Settings.BasePath,
                _listeners.ApiUrlHost,
                _listeners.ApiPort,
                _listeners.HubPort,
                OwnCommand.ForHumans));
        }
    }

    private async Task<int?> WaitForEndAsync(StopSignals signals)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = _app.Lifetime.ApplicationStopping.Register(asked.SetResult);
        var first = await Task.WhenAny(signals.Received, asked.Task);
        return first == signals.Received ? await signals.Received : null;
    }

    /// <summary>Stops all services, but not longer than the bound, whatever they do.</summary>
    private async Task StopAsync()
    {
        var bound = _app.Services.GetRequiredService<IOptions<SiloOptions>>().Value.StopTimeout;
        using var deadline = new CancellationTokenSource(bound, _time);
        try
        {
            await _app.StopAsync(deadline.Token).WaitAsync(bound, _time);
        }
        catch (Exception exception)
        {
            LogStopIncomplete(exception);
        }
    }

    /// <summary>The init script may outlive the daemon; if its runner has ended by a bug, that is seen here.</summary>
    private void LogIfFailed(Task initScript)
    {
        if (initScript.Exception is { } exception)
        {
            LogFailed(exception);
        }
    }

    private async Task FlushLogAsync()
    {
        if (_app.Services.GetService<LogWriter>() is { } log)
        {
            await log.DisposeAsync();
        }
    }

    private void LogWhatIsMissing()
    {
        if (_start.Environment.ExtraIsInvalid)
        {
            LogExtraEnvironmentInvalid();
        }

        if (Settings.NatsUrl is not null)
        {
            LogNotAvailable("the bus over NATS (NATS_URL; CONAT_SERVER is used instead)");
        }

        if (Settings.Arguments.Sshd)
        {
            LogNotAvailable("the SSH service (--sshd)");
        }

        if (Settings.ProjectConfig is not null)
        {
            LogNotAvailable("the dedicated disks of COCALC_PROJECT_CONFIG");
        }
    }
}
