using System.Diagnostics;
using Orleans.Runtime;

namespace ProjectSilo.Grains.Runtime.Calls;

/// <summary>A request whose method has a result.</summary>
internal sealed class ResultCall<T>(GrainId target, RequestMethod method, object?[] arguments) : GrainCall(target, method, arguments)
{
    // Continuations of the caller never run inside the turn of the grain that answers.
    private readonly TaskCompletionSource<T> _response = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<T>? _result;

    public Task<T> Response => _response.Task;

    public override bool IsAnswered => _response.Task.IsCompleted;

    public override object? Result
    {
        get => _result is { IsCompletedSuccessfully: true } result ? result.Result : default;
        set => _result = Task.FromResult((T)value!);
    }

    protected override Task Execute() => _result = (Task<T>)method.Execute(Grain, Arguments);

    protected override bool Answer(Task execution)
    {
        if (execution is Task<T> result && ReferenceEquals(result, _result))
        {
            return _response.TrySetFromTask(result);
        }

        if (execution.IsCompletedSuccessfully)
        {
            // A filter stood between and ended well: what it left as the result holds.
            return _response.TrySetResult(_result is { IsCompletedSuccessfully: true } left ? left.Result : default!);
        }

        return execution.IsCanceled ? _response.TrySetFromTask(Canceled(execution)) : _response.TrySetException(execution.Exception!.InnerExceptions);
    }

    protected override void AnswerFailure(Exception exception) => _response.TrySetException(exception);

    protected override void AnswerCanceled(CancellationToken token) => _response.TrySetCanceled(token);

    /// <summary>The cancelled task with a result type, its exception kept.</summary>
    private static async Task<T> Canceled(Task execution)
    {
        await execution;
        throw new UnreachableException();
    }
}
