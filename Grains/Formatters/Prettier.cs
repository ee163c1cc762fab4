using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Commands;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Project;

namespace ProjectSilo.Grains.Formatters;

/// <summary>
/// Prettier (spec 12 §2.1), in at most one process: started when it is asked for, ended when nothing was asked of it for a while, replaced when it died, hung or answered
/// nonsense. It is made with the first text, so that a daemon that nobody asks holds nothing of it.
/// </summary>
internal sealed partial class Prettier(
    CommandLauncher launcher, ProjectSettings project, IOptions<FormattersOptions> limits, IHostApplicationLifetime lifetime, ILogger<Prettier> logger) : IDisposable
{
    private const string Caller = "prettier";
    private const string NotLoaded = "Could not load 'prettier'";

    private readonly FormattersOptions _limits = limits.Value;
    private readonly ProgramSearch _programs = new(project);
    private readonly CancellationToken _stopping = lifetime.ApplicationStopping;

    /// <summary>Guards what follows.</summary>
    private readonly Lock _lock = new();
    private PrettierProcess? _process;
    private bool _isBusy;
    private ITimer? _idle;
    private CancellationTokenRegistration? _atStop;

    /// <summary>Formats a text. One after the other: callers see to it.</summary>
    /// <exception cref="RequestException">Prettier's own message, or why there is none.</exception>
    public async Task<Utf8Text> Format(string options, Utf8Text text, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_limits.Timeout, launcher.Time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token, _stopping);
        try
        {
            return await Ask(options, text, any.Token).ConfigureAwait(false);
        }
        catch (PrettierEndedException exception)
        {
            throw new RequestException(exception.Message);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw FormatterErrors.TimedOut("prettier");
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new RequestException("the project is stopping");
        }
        finally
        {
            Rest();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _atStop?.Dispose();
        _idle?.Dispose();
    }

    private async Task<Utf8Text> Ask(string options, Utf8Text text, CancellationToken cancellationToken)
    {
        if (Take() is { } warm)
        {
            try
            {
                return await Ask(warm, options, text, cancellationToken).ConfigureAwait(false);
            }
            catch (PrettierEndedException)
            {
                // Perhaps the text is not to blame: somebody killed it while it was idle.
            }
        }

        return await Ask(await Start(cancellationToken).ConfigureAwait(false), options, text, cancellationToken).ConfigureAwait(false);
    }

    private async Task<Utf8Text> Ask(PrettierProcess process, string options, Utf8Text text, CancellationToken cancellationToken)
    {
        PrettierAnswer answer;
        try
        {
            answer = await process.Format(options, text, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            End(process);
            throw;
        }

        return answer.IsError ? throw new RequestException(Message(answer.Utf8.Span)) : new Utf8Text { Pieces = [answer.Utf8] };
    }

    /// <summary>As much of the message as anybody will read: it shows a line of the text, which may be all of it.</summary>
    private string Message(ReadOnlySpan<byte> utf8)
    {
        const int mostBytesOfACharacter = 3;
        var message = Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, mostBytesOfACharacter * (_limits.MaxErrorCharacters + 1))]);
        return message.Length <= _limits.MaxErrorCharacters ? message : message[.._limits.MaxErrorCharacters];
    }

    /// <summary>The process that is there.</summary>
    private PrettierProcess? Take()
    {
        lock (_lock)
        {
            _isBusy = true;
            return _process;
        }
    }

    private void End(PrettierProcess process)
    {
        lock (_lock)
        {
            process.End();
            _process = null;
        }
    }

    /// <summary>Nothing is asked; when it lasts, the process ends.</summary>
    private void Rest()
    {
        lock (_lock)
        {
            _isBusy = false;
            if (_process is not null)
            {
                _idle ??= launcher.Time.CreateTimer(static prettier => ((Prettier)prettier!).EndIdle(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                _idle.Change(_limits.PrettierIdleLifetime, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void EndIdle()
    {
        lock (_lock)
        {
            // When it is free the time begins anew.
            if (!_isBusy && _process is { } process)
            {
                process.End();
                _process = null;
                LogIdle(logger);
            }
        }
    }

    private void Stop()
    {
        lock (_lock)
        {
            _process?.End();
            _process = null;
        }
    }

    private async Task<PrettierProcess> Start(CancellationToken cancellationToken)
    {
        var starting = launcher.BlockingWork.Run(Caller, Spawn, cancellationToken);
        try
        {
            return Keep(await starting.WaitAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            _ = Abandon(starting);
            throw;
        }
    }

    private PrettierProcess Keep(ChildProcess child)
    {
        var process = new PrettierProcess(child, _limits);
        lock (_lock)
        {
            if (_stopping.IsCancellationRequested)
            {
                process.End();
                throw new RequestException("the project is stopping");
            }

            _process = process;
            _atStop ??= _stopping.UnsafeRegister(static prettier => ((Prettier)prettier!).Stop(), this);
        }

        LogStarted(logger, child.Pid);
        return process;
    }

    /// <summary>A process that comes to be when nobody waits for it any more is ended.</summary>
    private static async Task Abandon(Task<ChildProcess> starting)
    {
        await ((Task)starting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (starting.IsCompletedSuccessfully)
        {
            var child = await starting.ConfigureAwait(false);
            child.KillGroup(LibC.SIGKILL);
            child.Dispose();
        }
    }

    private ChildProcess Spawn()
    {
        const long megabyte = 1024 * 1024;
        var installation = PrettierInstallation.Find(_programs) ?? throw new RequestException(NotLoaded);
        return ChildProcess.Start(new SpawnOptions
        {
            Program = installation.Node,
            Arguments =
            [
                string.Create(System.Globalization.CultureInfo.InvariantCulture, $"--max-old-space-size={_limits.MaxMemoryBytes / megabyte * 3 / 4}"),
                Path.Join(AppContext.BaseDirectory, "formatters", "prettier-server.mjs"), installation.Package,
            ],
            WorkingDirectory = project.Home,
            Environment = project.CommandEnvironment.ToImmutableDictionary(StringComparer.Ordinal).SetItem("PATH", _programs.SearchPath),
            StandardError = ChildStream.Null,
            MaxMemoryBytes = _limits.MaxMemoryBytes,
            MaxFileBytes = _limits.MaxResultBytes,
        });
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Prettier runs as process {Pid}")]
    private static partial void LogStarted(ILogger logger, int pid);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Prettier is ended: it has been idle")]
    private static partial void LogIdle(ILogger logger);
}
