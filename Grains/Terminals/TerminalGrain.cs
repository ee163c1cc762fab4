using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Status;
using ProjectSilo.Grains.Interfaces.Terminals;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Project;
using ProjectSilo.Grains.Status;

namespace ProjectSilo.Grains.Terminals;

/// <summary>One terminal: its sessions one after the other, and the sizes of the browsers that show it (spec 11).</summary>
[SuppressMessage("Design", "CA1001", Justification = "A grain ends in OnDeactivateAsync, which disposes.")]
internal sealed partial class TerminalGrain(
    ProjectSettings project,
    BlockingWork blockingWork,
    TerminalCount count,
    ProcessRoles roles,
    IOptions<TerminalsOptions> options,
    TimeProvider time,
    ILogger<TerminalGrain> logger)
    : Grain, ITerminalGrain
{
    private const string Completed = "\r\n\r\n[Process completed - press any key]\r\n\r\n";
    private static readonly TimeSpan FirstOutputTime = TimeSpan.FromMilliseconds(1);
    private static readonly TerminalSize DefaultSize = new(24, 80);

    private readonly TerminalsOptions _limits = options.Value;
    private readonly TerminalFeed _feed = new(options.Value.MaxWaitingOutput);
    private readonly EscapeMessages _messages = new();
    private readonly BrowserSizes _sizes = new(time);

    /// <summary>The options last given; the session may have others.</summary>
    private TerminalOptions _remembered = new();

    /// <summary>Those of the session; null if there is none.</summary>
    private TerminalOptions? _session;
    private TerminalProcess? _process;

    /// <summary>The last known size of the session.</summary>
    private TerminalSize? _size;
    private CancellationTokenSource? _follower;

    /// <summary>Nothing comes any more: the follower ends when it has taken the rest.</summary>
    private bool _isClosed;

    /// <summary>When output left last; null if none has since the process began.</summary>
    private long? _lastOutput;

    private string TerminalPath => GrainKey.Parse(this.GetPrimaryKeyString()).Rest;

    /// <inheritdoc />
    public Task Remember(TerminalOptions options)
    {
        _remembered = options;
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public async Task<string> Create(TerminalOptions options)
    {
        _remembered = options;
        var launch = new TerminalLaunch(project, TerminalPath, options);
        await Blocking(() => Folders.Make(launch.Folder, Folders.OwnerOnly));
        if (_session == options)
        {
            return "Already have working session with same options. ";
        }

        var note = "";
        if (_session is not null)
        {
            await EndSession();
            note = "Closed existing session. ";
        }

        await BeginSession(options);
        return note + "Creating new session.";
    }

    /// <inheritdoc />
    public async Task Write(string data)
    {
        await RequireSession();
        if (_process is null)
        {
            // What was typed to a program that has ended isn't meant for the next one.
            await StartProcess();
            return;
        }

        _process.Type(data);
    }

    /// <inheritdoc />
    public async Task Restart()
    {
        if (_session is null)
        {
            await RequireSession();
            return;
        }

        await EndProcess();
        await StartProcess();
    }

    /// <inheritdoc />
    public async Task<string?> WorkingDirectory()
    {
        await RequireSession();
        return _process is { } process ? await Blocking(() => ProcessFolder.Of(process.Pid, project.Home)) : null;
    }

    /// <inheritdoc />
    public async Task Kill()
    {
        await EndSession();
        _feed.DropOutput();
        _feed.Add(new TerminalEvent { IsCleared = true });
    }

    /// <inheritdoc />
    public async Task Resize(string browser, TerminalSize size, bool kick)
    {
        await RequireSession();
        _sizes.Set(browser, size, kick);
        ApplySize();
    }

    /// <inheritdoc />
    public Task Leave(string browser)
    {
        _sizes.Remove(browser);
        if (_session is not null)
        {
            ApplySize();
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public async Task Close()
    {
        await EndSession();

        // Not deactivated at once: the follower has still to take the end.
        _isClosed = true;
        _feed.Add(new TerminalEvent());
    }

    /// <inheritdoc />
    public Task Confirm(long number)
    {
        _feed.Confirm(number);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<TerminalEvent> Follow([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (_follower is not null)
        {
            await _follower.CancelAsync();
        }

        _isClosed = false;
        using var replaced = new CancellationTokenSource();
        _follower = replaced;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, replaced.Token);
        try
        {
            while (!_isClosed || !_feed.IsEmpty)
            {
                await UntilSomethingIsDue(end.Token);
                if (_feed.TryTake(out var isOutput) is not { } next)
                {
                    continue;
                }

                if (isOutput)
                {
                    _lastOutput = time.GetTimestamp();
                    foreach (var message in _messages.Take(next.Text!))
                    {
                        _feed.AddCommand(message);
                    }
                }

                yield return next;
                await _feed.UntilConfirmed(next.Number, end.Token);
            }
        }
        finally
        {
            if (_follower == replaced)
            {
                _follower = null;
            }
        }
    }

    /// <inheritdoc />
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_follower is not null)
        {
            await _follower.CancelAsync();
        }

        if (_process is { } process)
        {
            _process = null;
            count.Remove();

            // Half of the time that the container has to stop.
            var grace = TimeSpan.FromSeconds(1);
            var ended = await process.HangUp(_limits.HangUpGracePeriod < grace ? _limits.HangUpGracePeriod : grace);
            await ended.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Waits for the first thing to be said; output after other output is collected for a while.</summary>
    private async Task UntilSomethingIsDue(CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = _feed.Changed;
            if (!_feed.IsEmpty)
            {
                break;
            }

            await changed.WaitAsync(cancellationToken);
        }

        if (!_feed.OnlyOutputWaits())
        {
            return;
        }

        // A shell writes its first prompt in two pieces; the second would come an interval later.
        var left = _lastOutput is { } last ? _limits.OutputInterval - time.GetElapsedTime(last) : FirstOutputTime;
        if (left > TimeSpan.Zero)
        {
            await Task.Delay(left, time, cancellationToken);
        }
    }

    /// <summary>All but kill and leave make the session that isn't there.</summary>
    private async Task RequireSession()
    {
        if (_session is null)
        {
            var launch = new TerminalLaunch(project, TerminalPath, _remembered);
            await Blocking(() => Folders.Make(launch.Folder, Folders.OwnerOnly));
            await BeginSession(_remembered);
        }
    }

    private async Task BeginSession(TerminalOptions options)
    {
        _session = options;
        _size = null;
        DelayDeactivation(Timeout.InfiniteTimeSpan);
        try
        {
            await StartProcess();
        }
        catch
        {
            _session = null;
            DelayDeactivation(TimeSpan.Zero);
            throw;
        }
    }

    private async Task StartProcess()
    {
        count.Add(_limits.MaxTerminals);
        var launch = new TerminalLaunch(project, TerminalPath, _session!);
        _lastOutput = null;
        _feed.Add(new TerminalEvent { Start = new TerminalStart(_session!.IsEphemeral, _size?.Rows) });
        TerminalProcess process;
        try
        {
            var size = _size ?? DefaultSize;
            process = await Blocking(() => TerminalProcess.Start(launch, size, _feed, _limits, time));
        }
        catch (Exception exception) when (exception is PosixException { Call: not "open" } or ArgumentException)
        {
            count.Remove();
            _feed.AddMessage(await Blocking(() => NotStarted(launch, exception)));
            _feed.AddMessage(Completed);
            return;
        }
        catch
        {
            count.Remove();
            throw;
        }

        _process = process;
        Own(roles.Keep(process.Pid, ProcessRole.Terminal(launch.PrimaryPath), process.Ended));
        Own(ObserveEnd(process));
    }

    private static string NotStarted(TerminalLaunch launch, Exception exception) => exception switch
    {
        PosixException { Errno: PosixError.ENOENT } when Directory.Exists(launch.WorkingDirectory) => $"\r\n{launch.Command}: not found\r\n",
        PosixException { Errno: PosixError.ENOENT } => $"\r\n{launch.WorkingDirectory}: no such folder\r\n",
        PosixException { Errno: var errno } => $"\r\n{launch.Command}: {PosixError.Text(errno)}\r\n",
        _ => $"\r\n{launch.Command}: {exception.Message}\r\n",
    };

    /// <summary>Says the end of a process that ended by itself; one that was ended is not the present one any more.</summary>
    private async Task ObserveEnd(TerminalProcess process)
    {
        await process.Ended;
        if (_process == process)
        {
            _process = null;
            count.Remove();
            _feed.AddMessage(Completed);
        }
    }

    /// <summary>Background work of this grain runs on its turns and never fails unseen.</summary>
    private async void Own(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception exception)
        {
            LogEndFailed(logger, exception);
        }
    }

    private async Task EndSession()
    {
        if (_session is null)
        {
            return;
        }

        if (_process is not null)
        {
            await EndProcess();
            _feed.AddMessage(Completed);
        }

        _sizes.Clear();
        _session = null;
        DelayDeactivation(TimeSpan.Zero);
    }

    /// <summary>When this is over, nothing more comes from the process; its end isn't waited for.</summary>
    private async Task EndProcess()
    {
        if (_process is { } process)
        {
            _process = null;
            count.Remove();
            Own(await process.HangUp(_limits.HangUpGracePeriod));
        }
    }

    private void ApplySize()
    {
        if (_sizes.Common() is not { } size)
        {
            return;
        }

        _size = size;
        _process?.Resize(size);
        _feed.AddSize(size);
    }

    private Task<T> Blocking<T>(Func<T> work) => blockingWork.Run("terminal " + TerminalPath, work);

    private Task Blocking(Action work) => blockingWork.Run("terminal " + TerminalPath, work);

    [LoggerMessage(Level = LogLevel.Error, Message = "The end of a terminal's process failed")]
    private static partial void LogEndFailed(ILogger logger, Exception exception);
}
