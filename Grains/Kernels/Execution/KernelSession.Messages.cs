using System.Globalization;
using Microsoft.Extensions.Logging;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Kernels.Wire;

namespace ProjectSilo.Grains.Kernels.Execution;

// What goes to the kernel and comes from it.
internal sealed partial class KernelSession
{
    /// <summary>So many messages are handled in one go; then others have their turns.</summary>
    private const int MessagesPerTurn = 64;

    /// <summary>Questions without an answer, by the id of their message.</summary>
    private readonly Dictionary<string, TaskCompletionSource<ReadOnlyMemory<byte>>> _questions = new(StringComparer.Ordinal);

    /// <summary>When something last came on iopub, in ticks of the clock.</summary>
    private long _lastOutput;

    /// <summary>The id of the last question that was asked for a message that does not come.</summary>
    private string _probe = "none";

    /// <summary>What it was sent for. An answer that comes when another is being executed says nothing of that one.</summary>
    private Execution? _probed;

    /// <summary>Whether it waits for its reply.</summary>
    private bool _isProbeOpen;

    /// <summary>Asks on the shell channel (spec 10 §5.3).</summary>
    /// <exception cref="RequestException">There is no answer.</exception>
    public async Task<ReadOnlyMemory<byte>> Ask(string messageType, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        await Ready.WaitAsync(cancellationToken);
        if (_isOver || _connection is not { } connection)
        {
            throw new RequestException(Launch.KernelErrors.Closed);
        }

        if (_questions.Count >= Limits.MaxQuestions)
        {
            throw new RequestException($"the kernel has {Limits.MaxQuestions} questions to answer already");
        }

        var message = NewMessage(messageType, content);
        var answer = new TaskCompletionSource<ReadOnlyMemory<byte>>(TaskCreationOptions.RunContinuationsAsynchronously);
        _questions.Add(message.MessageId, answer);
        try
        {
            // Sending is not waited for: a kernel that reads nothing must not hold up the clock, and one that can't be sent to ends, which ends all questions.
            Own(TrySend(connection, KernelChannel.Shell, message));
            return await answer.Task.WaitAsync(Limits.AnswerTimeout, services.Time, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new RequestException(string.Create(CultureInfo.InvariantCulture, $"the kernel gave no answer within {Limits.AnswerTimeout.TotalSeconds:0.###} seconds"));
        }
        finally
        {
            _questions.Remove(message.MessageId);
            _ = answer.Task.Exception;
        }
    }

    /// <summary>Sends a widget's message; dropped if it can't be sent.</summary>
    public async Task Send(CommMessage message)
    {
        if (_connection is { } connection && !_isOver)
        {
            await TrySend(connection, KernelChannel.Shell, JupyterMessage.Create("comm_msg", message.MessageId, MessageContent.Comm(message), services.Time.GetUtcNow(), "user", buffers: message.Buffers));
        }
    }

    private JupyterMessage NewMessage(string messageType, ReadOnlyMemory<byte> content, string prefix = "") =>
        JupyterMessage.Create(messageType, prefix + Guid.NewGuid().ToString(), content, services.Time.GetUtcNow());

    private async Task<bool> TrySend(KernelConnection connection, KernelChannel channel, JupyterMessage message)
    {
        try
        {
            await connection.Send(channel, message, _closing.Token);
            return true;
        }
        catch (Exception exception) when (exception is KernelConnectionException or OperationCanceledException)
        {
            // It is broken or being closed: whoever reads it learns so, and all else follows from that.
            return false;
        }
    }

    private async Task Read(KernelConnection connection)
    {
        var untilPause = MessagesPerTurn;
        await foreach (var message in connection.Messages(_closing.Token))
        {
            Take(message);
            if (--untilPause == 0)
            {
                untilPause = MessagesPerTurn;
                await Task.Yield();
            }
        }
    }

    private void Take(KernelMessage received)
    {
        var message = received.Message;
        switch (received.Channel)
        {
            case KernelChannel.IoPub:
                _current?.Output.Miss(received.Missing);
                TakeOutput(message);
                break;
            case KernelChannel.Shell when _current is { } current && message.ParentId == current.Message?.MessageId:
                // The error of what was interrupted because its consumer has left is nobody's, and halts nobody.
                if (!current.TakeReply(message) && current.Request.HaltsOnError && !current.Output.IsAbandoned)
                {
                    EndWaiting();
                }

                Watch(current);
                break;
            case KernelChannel.Shell when message.ParentId == _probe:
                TakeProbesReply();
                break;
            case KernelChannel.Shell when _questions.GetValueOrDefault(message.ParentId) is { } question:
                question.TrySetResult(message.Content);
                break;
            case KernelChannel.Stdin when message.MessageType == "input_request":
                TakeInputRequest(message);
                break;
            default:
                // Answers that nobody waits for any more.
                break;
        }
    }

    private void TakeOutput(JupyterMessage message)
    {
        if (MessageContent.HasCommId(message.Content.Span))
        {
            if (!_isClosed)
            {
                publish(new KernelEvent
                {
                    Comm = new CommEvent
                    {
                        MessageType = message.MessageType,
                        MessageId = message.MessageId,
                        ParentId = message.ParentId,
                        Content = message.Content,
                        Buffers = message.Buffers,
                    },
                });
            }

            return;
        }

        _lastOutput = services.Time.GetTimestamp();
        if (message.ExecutionState.Length > 0)
        {
            Change(Status with { ExecutionState = message.ExecutionState });
        }

        if (_current is { } current && message.ParentId == current.Message?.MessageId)
        {
            current.TakeOutput(message);
            if (current.IsIdle)
            {
                Watch(current);
            }
        }
        else if (message.ParentId == _probe && _current is { HasReply: true } silent && silent == _probed)
        {
            // All that it had to say came before this.
            KernelsInstruments.IdleLost();
            LogIdleLost(services.Logger, Status.Pid);
            silent.Output.Miss(1);
            silent.End(failure: null);
        }
    }

    /// <summary>
    /// A kernel's PUB socket drops what isn't read in time, as on a machine that is very busy, an <c>idle</c> as well; and an interrupt that comes just as a request is being received may make ipykernel
    /// drop the request, or its reply. Then the execution would never end. What answers a later request has been sent after all that there was to say of an earlier one, so a question that means nothing
    /// shows whether that can still come.
    /// </summary>
    private void Watch(Execution execution)
    {
        if (!execution.IsWatched && !execution.Finished.IsCompleted)
        {
            execution.IsWatched = true;
            Own(Probe(execution));
        }
    }

    private async Task Probe(Execution execution)
    {
        while (!await EndsWithin(execution, Limits.LostIdleTime))
        {
            // One at a time: a kernel that computes for days answers when it has done so.
            if (!_isProbeOpen && services.Time.GetElapsedTime(_lastOutput) >= Limits.LostIdleTime)
            {
                var probe = NewMessage("kernel_info_request", MessageContent.Empty);
                _probe = probe.MessageId;
                _probed = execution;
                _isProbeOpen = true;
                Own(TrySend(_connection!, KernelChannel.Shell, probe));
            }
        }
    }

    private void TakeProbesReply()
    {
        _isProbeOpen = false;
        if (_current is { HasReply: false } current && current == _probed && (current.IsIdle || !current.HasSpoken))
        {
            LogReplyLost(services.Logger, Status.Pid);
            current.End(failure: null);
        }
    }

    private void TakeInputRequest(JupyterMessage message)
    {
        if (_current is not { } current || message.ParentId != current.Message?.MessageId)
        {
            return;
        }

        if (!current.Request.AllowsInput || current.Output.IsAbandoned)
        {
            // It was told so, and asks all the same: without an answer it would wait for ever.
            _ = Reply(current, "ERROR -- there is nobody to answer");
            return;
        }

        current.AwaitsAnswer = true;
        current.Output.Add(new KernelItem { Input = MessageContent.InputRequest(message.Content.Span) }, isVital: true);
    }

    private async Task<bool> Reply(Execution execution, string value)
    {
        var reply = JupyterMessage.Create("input_reply", Guid.NewGuid().ToString(), MessageContent.InputReply(value), services.Time.GetUtcNow(), parent: execution.Message);
        return _connection is { } connection && await TrySend(connection, KernelChannel.Stdin, reply);
    }

    private void FailQuestions(string failure)
    {
        foreach (var question in _questions.Values)
        {
            question.TrySetException(new RequestException(failure));
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Kernel {Pid} has lost messages: it was not read fast enough")]
    private static partial void LogIdleLost(ILogger logger, int pid);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Kernel {Pid} has dropped a request, or its reply")]
    private static partial void LogReplyLost(ILogger logger, int pid);
}
