using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Interfaces.Status;
using ProjectSilo.Grains.Kernels.Launch;
using ProjectSilo.Grains.Kernels.Wire;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Kernels.Execution;

/// <summary>
/// One process of a kernel from its start to its end, with all who wait for it (spec 10 §5). Whatever happens to the process, they are released. All of it runs on the turns of one grain, so it needs
/// no lock.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Sources without timers hold nothing to dispose of, and may be cancelled at any time.")]
internal sealed partial class KernelSession(KernelOptions options, string caller, KernelSessionServices services, Action<KernelEvent> publish)
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _closing = new();
    private KernelProcess? _process;
    private KernelConnection? _connection;

    /// <summary>It takes no more requests.</summary>
    private bool _isOver;

    /// <summary>Nobody is told of it any more.</summary>
    private bool _isClosed;

    /// <summary>Completes when it can execute; fails with a <see cref="RequestException"/> if it never will.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Completes when process and files are gone.</summary>
    public Task Gone => _gone.Task;

    public KernelStatus Status { get; private set; } = new() { State = KernelState.Spawning };

    private KernelsOptions Limits => services.Limits;

    /// <summary>All of its life; never fails for a reason that lies in the kernel.</summary>
    public async Task Run()
    {
        publish(new KernelEvent { Status = Status });
        string? failure;
        try
        {
            failure = await RunToEnd();
        }
        catch (Exception exception)
        {
            // A mistake of ours: those who wait are released all the same.
            LogRunFailed(services.Logger, exception);
            failure = "the kernel was given up because of an internal error";
        }

        try
        {
            Release(failure);
            await EndProcess();
        }
        finally
        {
            _gone.SetResult();
        }
    }

    /// <summary>
    /// Ends it at once; who waits is released, without an error those who wait for executions. All are told now that it is closed, though its process may need a moment still: <see cref="Gone"/>.
    /// </summary>
    public void Close()
    {
        if (_isOver)
        {
            return;
        }

        Release(failure: null);
        _closing.Cancel();
    }

    /// <summary>Signals the process and its group; if that was delivered, what waits in the queue ends (spec 10 §5.2).</summary>
    public async Task Signal(int signal)
    {
        if (await Deliver(signal))
        {
            EndWaiting();
        }
    }

    /// <returns>What went wrong; null if it was closed.</returns>
    private async Task<string?> RunToEnd()
    {
        try
        {
            var launched = await services.Pool.Launch(options, caller);
            _process = launched.Process;
            Own(services.Roles.Keep(_process.Pid, ProcessRole.Jupyter(options.Path), _process.Exited));
            if (!_isOver)
            {
                Change(Status with { State = KernelState.Starting, Pid = _process.Pid, ConnectionFile = _process.ConnectionFile });
                await Connect(_process);
                Init(launched.InitCode);
                Change(Status with { State = KernelState.Running });
                _ready.TrySetResult();
                StartNext();
                await ReadToEnd(_process, _connection!);
            }
        }
        catch (OperationCanceledException)
        {
            // It was closed, or the process has ended before it could be connected to.
        }
        catch (Exception exception) when (exception is RequestException or KernelConnectionException)
        {
            if (_process is { } process)
            {
                // Where it has ended, the sockets may have said so first.
                await Within(process.Exited);
            }

            if (_process is null or { Exited.IsCompleted: false })
            {
                return _isOver ? null : exception.Message;
            }
        }

        return _isOver || _process is null ? null : KernelErrors.Ended(await _process.Exited, await _process.LastErrors());
    }

    private async Task Connect(KernelProcess process)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
        using var connected = new CancellationTokenSource();
        var watching = CancelAtExit(process, end, connected.Token);
        try
        {
            _connection = await KernelConnection.Connect(process.Connection, Limits.Connection, services.Time, services.Logger, end.Token);
        }
        finally
        {
            await connected.CancelAsync();
            await watching;
        }
    }

    private static async Task CancelAtExit(KernelProcess process, CancellationTokenSource end, CancellationToken enough)
    {
        await ((Task)process.Exited).WaitAsync(enough).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (process.Exited.IsCompleted)
        {
            await end.CancelAsync();
        }
    }

    /// <summary>Reads until the process has ended and its last messages are read, or until the connection is broken, and then the process is of no use.</summary>
    private async Task ReadToEnd(KernelProcess process, KernelConnection connection)
    {
        var reading = Read(connection);
        if (await Task.WhenAny(reading, process.Exited) == process.Exited)
        {
            // What it has started may hold the sockets open for ever.
            await Within(reading);
            await connection.DisposeAsync();
            await reading;
            return;
        }

        await Within(process.Exited);
        await reading;
    }

    private async Task Within(Task task) => await task.WaitAsync(Limits.LastWordsTime, services.Time, _closing.Token)
        .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

    /// <summary>Nobody waits for this any more.</summary>
    private void Release(string? failure)
    {
        if (_isOver)
        {
            return;
        }

        _isOver = true;
        if (failure is not null)
        {
            Change(Status with { State = KernelState.Failed, Error = failure, Pid = 0, ConnectionFile = "" });
        }

        Change(Status with { State = KernelState.Closed, Pid = 0, ConnectionFile = "" });
        _isClosed = true;
        if (_ready.TrySetException(new RequestException(failure ?? KernelErrors.Closed)))
        {
            // Perhaps nobody waits.
            _ = _ready.Task.Exception;
        }

        EndExecutions(failure);
        FailQuestions(failure ?? KernelErrors.Closed);
    }

    private async Task EndProcess()
    {
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }

        if (_process is not null)
        {
            await _process.End();
        }
    }

    private async Task<bool> Deliver(int signal)
    {
        if (_process is not { } process)
        {
            return false;
        }

        if (signal == LibC.SIGINT && _current is { Message: not null } current)
        {
            Watch(current);
        }

        if (signal == LibC.SIGINT && process.Spec.InterruptMode == "message" && _connection is { } connection)
        {
            return await TrySend(connection, KernelChannel.Control, NewMessage("interrupt_request", MessageContent.Empty));
        }

        return process.Signal(signal);
    }

    private void Change(KernelStatus status)
    {
        if (!_isClosed && Status != status)
        {
            Status = status;
            publish(new KernelEvent { Status = status });
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Running a kernel failed")]
    private static partial void LogRunFailed(ILogger logger, Exception exception);
}
