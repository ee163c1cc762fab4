using System.Buffers;
using Microsoft.Extensions.Logging;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Commands;

/// <summary>
/// One command from its start to its end (spec 09 §1.3 to §1.6). Nothing here runs on a grain's turn: the pumps and waits belong to the thread pool, what
/// blocks to <see cref="BlockingWork"/>.
/// </summary>
internal sealed partial class CommandRun
{
    private const int ReadBufferBytes = 16 * 1024;

    private readonly ChildProcess? _child;
    private readonly PosixException? _notStarted;
    private readonly CommandLauncher _launcher;
    private readonly string? _script;
    private readonly string _caller;
    private readonly Action? _outputArrived;

    private CommandRun(
        CommandLauncher launcher, CommandLine command, string? script, ChildProcess? child, PosixException? notStarted, RunRequest request)
    {
        _launcher = launcher;
        _script = script;
        _child = child;
        _notStarted = notStarted;
        _caller = request.Caller;
        _outputArrived = request.OutputArrived;
        Command = command;
        Stdout = new OutputCollector(request.MaxOutputCharacters);
        Stderr = new OutputCollector(request.MaxOutputCharacters);
        Completion = RunToEnd(request.Timeout);
    }

    /// <summary>What is run, with the script's path among the arguments.</summary>
    public CommandLine Command { get; }

    public OutputCollector Stdout { get; }

    public OutputCollector Stderr { get; }

    /// <summary>Null if no process could be started.</summary>
    public int? Pid => _child?.Pid;

    /// <summary>Completes when the command has ended; never fails for a reason that lies in the command.</summary>
    public Task<CommandOutcome> Completion { get; }

    /// <summary>Writes the script, starts the process. A program that can't be run gives a run that has ended already.</summary>
    /// <exception cref="PosixException">The script can't be written.</exception>
    /// <exception cref="RequestException">A string contains NUL, or the caller has too much work waiting.</exception>
    public static async Task<CommandRun> Start(
        CommandLauncher launcher, CommandLine command, SpawnOptions spawn, RunRequest request)
    {
        var (started, script, child, notStarted) = await launcher.BlockingWork
            .Run(request.Caller, () => StartBlocking(launcher, command, spawn)).ConfigureAwait(false);
        return new CommandRun(launcher, started, script, child, notStarted, request);
    }

    /// <summary>Ends the process group, gently at first, and waits until the command has ended; a descendant in a session of its own is not waited for.</summary>
    public async Task Stop(TimeSpan grace, CancellationToken cancellationToken)
    {
        if (_child is null || Completion.IsCompleted)
        {
            return;
        }

        _child.KillGroup(LibC.SIGTERM);
        await EndsWithin(grace, cancellationToken).ConfigureAwait(false);

        // Always: where the process has obeyed, others of its group may have ignored the signal.
        _child.KillGroup(LibC.SIGKILL);
        await EndsWithin(grace, CancellationToken.None).ConfigureAwait(false);
    }

    private async Task EndsWithin(TimeSpan time, CancellationToken cancellationToken)
    {
        try
        {
            await Completion.WaitAsync(time, _launcher.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            LogStillRunning(_launcher.Logger, _child!.Pid);
        }
    }

    private static (CommandLine Command, string? Script, ChildProcess? Child, PosixException? NotStarted) StartBlocking(
        CommandLauncher launcher, CommandLine command, SpawnOptions spawn)
    {
        string? script = null;
        if (command.Script is { } text)
        {
            script = ScriptFile.Create(launcher.TemporaryDirectory, text, spawn.Uid);
            command = command with { Arguments = [script] };
        }

        try
        {
            return (command, script, ChildProcess.Start(spawn with { Program = command.Program, Arguments = command.Arguments }), null);
        }
        catch (PosixException exception)
        {
            return (command, script, null, exception);
        }
        catch (ArgumentException exception)
        {
            if (script is not null)
            {
                ScriptFile.Delete(script);
            }

            throw new RequestException(exception.Message);
        }
    }

    private async Task<CommandOutcome> RunToEnd(TimeSpan? timeout)
    {
        var outcome = _child is null ? new CommandOutcome(false, _notStarted, 1) : await RunChild(_child, timeout).ConfigureAwait(false);
        if (_script is not null)
        {
            await RemoveScript(_script).ConfigureAwait(false);
        }

        CommandsInstruments.RunEnded(outcome);
        return outcome;
    }

    private async Task<CommandOutcome> RunChild(ChildProcess child, TimeSpan? timeout)
    {
        using var stopReading = new CancellationTokenSource();
        var pumps = Task.WhenAll(
            Pump(child.StandardOutput!, Stdout, stopReading.Token),
            Pump(child.StandardError!, Stderr, stopReading.Token));
        var timedOut = false;
        try
        {
            await Task.WhenAll(child.Exited, pumps).WaitAsync(timeout ?? Timeout.InfiniteTimeSpan, _launcher.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // A background child may hold the pipes of a process that has ended: then the answer is what came, and that child lives on (spec 09 §1.4).
            timedOut = !child.Exited.IsCompleted;
            if (timedOut)
            {
                child.KillGroup(LibC.SIGKILL);
            }

            await stopReading.CancelAsync().ConfigureAwait(false);
            await pumps.ConfigureAwait(false);
        }
        finally
        {
            child.Dispose();
        }

        return timedOut ? new CommandOutcome(true, null, 1) : new CommandOutcome(false, null, (await child.Exited.ConfigureAwait(false)).Code ?? 0);
    }

    private async Task Pump(ChildPipe pipe, OutputCollector collector, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBufferBytes);
        try
        {
            int count;
            do
            {
                count = await pipe.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
                collector.Append(buffer.AsSpan(0, count));
                _outputArrived?.Invoke();
            }
            while (count > 0);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            collector.Append([]);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task RemoveScript(string script)
    {
        try
        {
            await _launcher.BlockingWork.Run(_caller, () => ScriptFile.Delete(script)).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or RequestException)
        {
            // Rubbish in the temporary folder is no reason to withhold the command's result.
            LogScriptNotRemoved(_launcher.Logger, script, exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The command of process {Pid} has not ended yet")]
    private static partial void LogStillRunning(ILogger logger, int pid);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Could not remove {Script}")]
    private static partial void LogScriptNotRemoved(ILogger logger, string script, Exception exception);
}
