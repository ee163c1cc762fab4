using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Kernels.Wire;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Kernels.Execution;

// The queue of what is to be executed (spec 10 §5.4).
internal sealed partial class KernelSession
{
    /// <summary>Those that wait, at most <see cref="KernelsOptions.MaxWaitingExecutions"/> of callers; one more is refused.</summary>
    private readonly LinkedList<Execution> _waiting = [];

    /// <summary>What goes before all of them, and is not dropped with them: the init code of a spare.</summary>
    private readonly Queue<Execution> _first = new();

    /// <summary>The one that the kernel has.</summary>
    private Execution? _current;

    /// <summary>Executes after all that waits.</summary>
    /// <exception cref="RequestException">Too many wait, it is too long, or another has its id.</exception>
    public Execution Add(ExecuteRequest request)
    {
        if (_waiting.Count >= Limits.MaxWaitingExecutions)
        {
            throw new RequestException($"{Limits.MaxWaitingExecutions} executions are waiting for the kernel already");
        }

        if (request.Code.ByteCount > Limits.MaxCodeBytes)
        {
            throw new RequestException($"the code is longer than {Limits.MaxCodeBytes} bytes");
        }

        if (Find(request.Id) is not null)
        {
            throw new RequestException($"an execution '{request.Id}' is waiting or running already");
        }

        var execution = new Execution(request, Limits.MaxWaitingOutputBytes);
        _waiting.AddLast(execution);
        StartNext();
        return execution;
    }

    /// <summary>Answers what the running code asks for.</summary>
    /// <returns>Whether it asked.</returns>
    public async Task<bool> Answer(string id, string value)
    {
        if (_current is not { AwaitsAnswer: true } current || current.Request.Id != id)
        {
            return false;
        }

        current.AwaitsAnswer = false;
        return await Reply(current, value);
    }

    /// <inheritdoc cref="Cancel(Execution)"/>
    public Task Cancel(string id) => Find(id) is { } execution ? Cancel(execution) : Task.CompletedTask;

    /// <summary>One that waits is dropped, one that runs interrupted; one that has ended stays as it is.</summary>
    public async Task Cancel(Execution execution)
    {
        if (_waiting.Remove(execution))
        {
            execution.End(failure: null);
        }
        else if (_current == execution && !execution.Finished.IsCompleted)
        {
            await Deliver(LibC.SIGINT);
        }
    }

    private Execution? Find(string id) => _current?.Request.Id == id ? _current : _waiting.FirstOrDefault(execution => execution.Request.Id == id);

    /// <summary>What a spare of the pool must execute goes before all that waits, and is nobody's to see.</summary>
    private void Init(ImmutableArray<string> code)
    {
        foreach (var piece in code)
        {
            var execution = new Execution(new ExecuteRequest { Id = "", Code = piece, IsSilent = true, HaltsOnError = false }, Limits.MaxWaitingOutputBytes);
            execution.Output.Abandon();
            _first.Enqueue(execution);
        }
    }

    private void StartNext()
    {
        if (_current is not null || _isOver || Status.State != KernelState.Running)
        {
            return;
        }

        if (!_first.TryDequeue(out var next))
        {
            if (_waiting.First is not { } first)
            {
                return;
            }

            _waiting.RemoveFirst();
            next = first.Value;
        }

        _current = next;
        Own(Execute(_connection!, next));
    }

    private async Task Execute(KernelConnection connection, Execution execution)
    {
        try
        {
            execution.Message = NewMessage("execute_request", MessageContent.ExecuteRequest(execution.Request), "execute_");

            // Not waited for: a kernel that reads nothing must not hold up the clock, and one that can't be sent to ends, which ends all executions.
            Own(TrySend(connection, KernelChannel.Shell, execution.Message));
            if (execution.Request.Timeout is { } timeout && !await EndsWithin(execution, Settable(timeout)))
            {
                await Expire(execution);
            }

            await execution.Finished;
        }
        catch (ArgumentException)
        {
            execution.End("the code is no text");
        }
        finally
        {
            _current = null;
            StartNext();
        }
    }

    /// <summary>As in JavaScript: a time that is over already is over at once, and there is a longest that a timer can be set to.</summary>
    private static TimeSpan Settable(TimeSpan time) =>
        TimeSpan.FromMilliseconds(Math.Clamp(time.TotalMilliseconds, 1, int.MaxValue));

    /// <summary>Interrupts it until it listens, or kills the kernel.</summary>
    private async Task Expire(Execution execution)
    {
        execution.HasExpired = true;
        var wait = Limits.InterruptWait;
        for (var interrupts = 0; interrupts < Limits.MaxInterrupts; interrupts++)
        {
            if (execution.HasReply)
            {
                // It has ended, only does not say that it is idle: the interrupt would hit the next.
                execution.End(failure: null);
                return;
            }

            await Deliver(LibC.SIGINT);
            if (await EndsWithin(execution, wait))
            {
                return;
            }

            wait *= Limits.InterruptWaitGrowth;
        }

        LogNotInterrupted(services.Logger, Status.Pid);
        Close();
    }

    private async Task<bool> EndsWithin(Execution execution, TimeSpan time)
    {
        await execution.Finished.WaitAsync(time, services.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        return execution.Finished.IsCompleted;
    }

    /// <summary>Those that wait end without having been executed.</summary>
    private void EndWaiting(string? failure = null)
    {
        while (_waiting.First is { } first)
        {
            _waiting.RemoveFirst();
            first.Value.End(failure);
        }
    }

    private void EndExecutions(string? failure)
    {
        EndWaiting(failure);
        _current?.End(failure);
    }

    /// <summary>Background work runs on the grain's turns and never fails unseen.</summary>
    private async void Own(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception exception)
        {
            LogRunFailed(services.Logger, exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Kernel {Pid} does not let itself be interrupted and is killed")]
    private static partial void LogNotInterrupted(ILogger logger, int pid);
}
