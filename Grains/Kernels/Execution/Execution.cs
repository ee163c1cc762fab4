using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Kernels.Wire;

namespace ProjectSilo.Grains.Kernels.Execution;

/// <summary>
/// One request to execute, from the queue to its end (spec 10 §5.4). It has ended when both the reply and the <c>idle</c> have come, in either order: what comes by two sockets comes in no order.
/// </summary>
internal sealed class Execution(ExecuteRequest request, int maxWaitingBytes)
{
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ExecuteRequest Request => request;

    public OutputQueue Output { get; } = new(maxWaitingBytes);

    /// <summary>What was sent; null while it waits.</summary>
    public JupyterMessage? Message { get; set; }

    /// <summary>The code waits for an answer.</summary>
    public bool AwaitsAnswer { get; set; }

    /// <summary>The kernel has replied.</summary>
    public bool HasReply { get; private set; }

    /// <summary>The kernel has said, or may be taken to have said, that it is idle again.</summary>
    public bool IsIdle { get; private set; }

    /// <summary>Something has come on iopub.</summary>
    public bool HasSpoken { get; private set; }

    /// <summary>It is being found out whether its end can still come.</summary>
    public bool IsWatched { get; set; }

    /// <summary>Its time is over.</summary>
    public bool HasExpired { get; set; }

    /// <summary>Completes when it is over, one way or the other.</summary>
    public Task Finished => _finished.Task;

    /// <summary>A message on iopub that this execution has caused.</summary>
    public void TakeOutput(JupyterMessage message)
    {
        Add(message, isVital: message.MessageType is "status" or "execute_input" or "execute_result" or "error" or "clear_output");
        HasSpoken = true;
        if (message.ExecutionState == "idle" || (HasExpired && message.MessageType == "error"))
        {
            // What is interrupted because its time is over has nothing more to say after the error, and some kernels do not.
            IsIdle = true;
            FinishIfOver();
        }
    }

    /// <summary>The reply on shell.</summary>
    /// <returns>False if it isn't <c>ok</c>.</returns>
    public bool TakeReply(JupyterMessage message)
    {
        HasReply = true;
        var isOk = MessageContent.Status(message.Content.Span) == "ok";
        if (isOk)
        {
            Add(message, isVital: true);
        }

        FinishIfOver();
        return isOk;
    }

    /// <summary>It ends now, whatever has come.</summary>
    /// <param name="failure">Why it failed; null if it just ends.</param>
    public void End(string? failure)
    {
        Output.End(failure);
        _finished.TrySetResult();
    }

    private void FinishIfOver()
    {
        if (HasReply && IsIdle)
        {
            End(failure: null);
        }
    }

    private void Add(JupyterMessage message, bool isVital) => Output.Add(
        new KernelItem { MessageType = message.MessageType, Content = message.Content, Metadata = message.Metadata, Buffers = message.Buffers }, isVital);
}
