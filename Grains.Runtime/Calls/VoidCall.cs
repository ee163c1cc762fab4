using Orleans.Runtime;

namespace ProjectSilo.Grains.Runtime.Calls;

/// <summary>A request whose method has no result.</summary>
internal sealed class VoidCall(GrainId target, RequestMethod method, object?[] arguments) : GrainCall(target, method, arguments)
{
    // Continuations of the caller never run inside the turn of the grain that answers.
    private readonly TaskCompletionSource _response = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Response => _response.Task;

    public override bool IsAnswered => _response.Task.IsCompleted;

    public override object? Result { get; set; }

    protected override Task Execute() => method.Execute(Grain, Arguments);

    protected override bool Answer(Task execution) => _response.TrySetFromTask(execution);

    protected override void AnswerFailure(Exception exception) => _response.TrySetException(exception);

    protected override void AnswerCanceled(CancellationToken token) => _response.TrySetCanceled(token);
}
