using System.Buffers;
using Microsoft.Extensions.Logging;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Commands;

/// <summary>
/// One command from its start to its end (spec 09 §1.3 to §1.6). Nothing here runs on a grain's turn: the pumps and waits belong to the thread pool or to
/// <see cref="DescriptorPoll"/>, what blocks to <see cref="BlockingWork"/>.
/// </summary>
internal sealed partial class CommandRun
{
    /// <summary>What a pipe holds.</summary>
    private const int ReadBufferBytes = 64 * 1024;

    /// <summary>So much is stored by the thread that polls all children; what prints more is read by threads of the pool.</summary>
    private const int ShortBytes = 64 * 1024;

    /// <summary>A stream that printed so much is a flood: it is read a little later, in larger portions. To be woken for each 4 KB of it costs the most.</summary>
    private const int FloodBytes = 512 * 1024;
    private static readonly TimeSpan FloodPause = TimeSpan.FromMilliseconds(1);

    /// <summary>Removing a script file is not waited for longer than this.</summary>
    private static readonly TimeSpan ScriptRemovalBound = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestTimeout = TimeSpan.FromMilliseconds(1);

    private readonly CommandLauncher _launcher;
    private readonly CommandLaunch _launch;
    private readonly Action? _outputArrived;
    private readonly bool _endsGroup;

    /// <summary>1 once SIGTERM was sent: a second one means something else to many programs.</summary>
    private int _isTerminated;

    private CommandRun(CommandLauncher launcher, CommandLaunch launch, RunRequest request, TimeSpan? timeLeft)
    {
        _launcher = launcher;
        _launch = launch;
        _outputArrived = request.OutputArrived;
        _endsGroup = request.EndsGroup;
        Stdout = new OutputCollector(request.MaxOutputCharacters);
        Stderr = new OutputCollector(request.MaxOutputCharacters);
        Completion = RunToEnd(timeLeft);
    }

    /// <summary>What is run, with the script's path among the arguments.</summary>
    public CommandLine Command => _launch.Command;

    public OutputCollector Stdout { get; }

    public OutputCollector Stderr { get; }

    /// <summary>Null if no process could be started.</summary>
    public int? Pid => _launch.Child?.Pid;

    /// <summary>Completes when the command has ended; never fails for a reason that lies in the command.</summary>
    public Task<CommandOutcome> Completion { get; }

    /// <summary>
    /// Starts a command. A program that can't be run gives a run that has ended already, and so does a start that takes longer than the time limit.
    /// </summary>
    /// <exception cref="PosixException">The script can't be written.</exception>
    /// <exception cref="RequestException">A string contains NUL, or the caller has too much work waiting.</exception>
    public static async Task<CommandRun> Start(CommandLauncher launcher, CommandLine command, SpawnOptions spawn, RunRequest request)
    {
        var begun = launcher.Time.GetTimestamp();
        using var giveUp = new CancellationTokenSource();
        var launching = launcher.BlockingWork
            .Run(request.Caller, () => CommandLaunch.Start(launcher, command, spawn, request.KeepsWeight), giveUp.Token);
        try
        {
            var launch = await launching.WaitAsync(request.Timeout ?? Timeout.InfiniteTimeSpan, launcher.Time).ConfigureAwait(false);
            var timeLeft = request.Timeout - launcher.Time.GetElapsedTime(begun);
            return new CommandRun(launcher, launch, request, timeLeft < ShortestTimeout ? ShortestTimeout : timeLeft);
        }
        catch (TimeoutException)
        {
            await giveUp.CancelAsync().ConfigureAwait(false);
            _ = Abandon(launcher, launching);
            return new CommandRun(launcher, new CommandLaunch(command) { TimedOut = true }, request, null);
        }
    }

    /// <summary>Ends the process group, gently at first, and waits until the command has ended; a descendant in a session of its own is not waited for.</summary>
    public async Task Stop(TimeSpan grace, CancellationToken cancellationToken)
    {
        if (_launch.Child is not { } child || Completion.IsCompleted)
        {
            return;
        }

        if (Interlocked.Exchange(ref _isTerminated, 1) == 0)
        {
            child.KillGroup(LibC.SIGTERM);
        }

        await EndsWithin(grace, cancellationToken).ConfigureAwait(false);

        // Always: where the process has obeyed, others of its group may have ignored the signal.
        child.KillGroup(LibC.SIGKILL);
        await EndsWithin(grace, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Kills the process group at once; the run ends soon after.</summary>
    public void Kill() => _launch.Child?.KillGroup(LibC.SIGKILL);

    private async Task EndsWithin(TimeSpan time, CancellationToken cancellationToken)
    {
        try
        {
            await Completion.WaitAsync(time, _launcher.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            LogStillRunning(_launcher.Logger, Pid);
        }
    }

    /// <summary>Whenever the start that nobody waits for does come about, its process is ended.</summary>
    private static async Task Abandon(CommandLauncher launcher, Task<CommandLaunch> launching)
    {
        try
        {
            var launch = await launching.ConfigureAwait(false);
            launch.Child?.KillGroup(LibC.SIGKILL);
            launch.Child?.Dispose();
            if (launch.Script is { } script)
            {
                await RemoveScript(launcher, script).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or PosixException or RequestException)
        {
            LogAbandonedStartFailed(launcher.Logger, exception);
        }
    }

    private async Task<CommandOutcome> RunToEnd(TimeSpan? timeout)
    {
        var outcome = _launch.Child is { } child
            ? await RunChild(child, timeout).ConfigureAwait(false)
            : new CommandOutcome(_launch.TimedOut, _launch.NotStarted, 1);
        if (_launch.Script is { } script)
        {
            await RemoveScript(_launcher, script).ConfigureAwait(false);
        }

        CommandsInstruments.RunEnded(outcome);
        return outcome;
    }

    private async Task<CommandOutcome> RunChild(ChildProcess child, TimeSpan? timeout)
    {
        using var stopReading = new CancellationTokenSource();
        var pumps = Task.WhenAll(
            Pump(child, child.StandardOutput!, Stdout, stopReading.Token),
            Pump(child, child.StandardError!, Stderr, stopReading.Token));
        var timedOut = false;
        try
        {
            await Task.WhenAll(Exit(child), pumps).WaitAsync(timeout ?? Timeout.InfiniteTimeSpan, _launcher.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // A background child may hold the pipes of a process that has ended: then the answer is what came, and that child lives on (spec 09 §1.4).
            timedOut = child.TryKillGroup(LibC.SIGKILL);
            await stopReading.CancelAsync().ConfigureAwait(false);
            await pumps.ConfigureAwait(false);
        }
        finally
        {
            child.Dispose();
        }

        await DescriptorPoll.LeaveThread().ConfigureAwait(false);
        if (timedOut)
        {
            return new CommandOutcome(true, null, 1);
        }

        var exit = await child.Exited.ConfigureAwait(false);
        return new CommandOutcome(false, null, exit.Code ?? 0) { Signal = exit.Signal };
    }

    private async Task Exit(ChildProcess child)
    {
        await child.Exited.ConfigureAwait(false);
        if (_endsGroup)
        {
            child.KillGroup(LibC.SIGKILL);
        }
    }

    private async Task Pump(ChildProcess child, ChildOutput pipe, OutputCollector collector, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBufferBytes);
        try
        {
            int count;
            long total = 0;
            do
            {
                pipe.ContinuesOnPollThread = total < ShortBytes;
                count = await pipe.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
                collector.Append(buffer.AsSpan(0, count));
                _outputArrived?.Invoke();
                if (total < FloodBytes && total + count >= FloodBytes)
                {
                    pipe.Enlarge();
                }

                total += count;
                if (total >= FloodBytes && count > 0 && count < buffer.Length)
                {
                    await Task.Delay(FloodPause, cancellationToken).ConfigureAwait(false);
                }
            }
            while (count > 0);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            collector.Append([]);
        }
        catch
        {
            // Nobody reads its output any more: it would block for ever.
            child.KillGroup(LibC.SIGKILL);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Removes a file of <see cref="ScriptFile"/>; a failure is logged.</summary>
    public static async Task RemoveScript(CommandLauncher launcher, string script)
    {
        try
        {
            // Not in the caller's share: that may be taken by what hangs.
            await launcher.BlockingWork.Run("script removal", () => ScriptFile.Delete(script))
                .WaitAsync(ScriptRemovalBound, launcher.Time).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or RequestException or TimeoutException)
        {
            // Rubbish in the temporary folder is no reason to withhold the command's result.
            LogScriptNotRemoved(launcher.Logger, script, exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The command of process {Pid} has not ended yet")]
    private static partial void LogStillRunning(ILogger logger, int? pid);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Could not remove {Script}")]
    private static partial void LogScriptNotRemoved(ILogger logger, string script, Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "A start that took longer than its time limit came to nothing")]
    private static partial void LogAbandonedStartFailed(ILogger logger, Exception exception);
}
