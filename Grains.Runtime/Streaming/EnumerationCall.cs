using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Orleans.Runtime;
using ProjectSilo.Grains.Runtime.Calls;

namespace ProjectSilo.Grains.Runtime.Streaming;

/// <summary>
/// One enumeration: the grain's iterator runs as turns of the activation, beside all else, and fills a channel that its consumer empties.
/// The channel is bounded by the batch size: when it is full the iterator waits. No response timeout holds.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "The source has no timer and no parent.")]
internal sealed class EnumerationCall<T> : GrainCall, IEnumerationCall
{
    private readonly EnumerableMethod<T> _method;
    private readonly int _batchSize;
    private readonly Channel<T> _items;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Cancels the iterator. Needs no disposal: it has no timer, and the registrations that feed it are disposed with the enumeration.
    private readonly CancellationTokenSource _iterator = new();
    private readonly CancellationToken _argument;
    private readonly CancellationToken _enumerator;
    private readonly CancellationTokenRegistration _onArgument;
    private readonly CancellationTokenRegistration _onEnumerator;

    public EnumerationCall(GrainId target, EnumerableMethod<T> method, object?[] arguments, int batchSize, CancellationToken cancellationToken)
        : base(target, method, arguments)
    {
        _method = method;
        _batchSize = batchSize;
        _items = Channel.CreateBounded<T>(new BoundedChannelOptions(batchSize) { SingleReader = true, SingleWriter = true });
        _argument = method.TokenOf(arguments);
        _enumerator = cancellationToken == _argument ? CancellationToken.None : cancellationToken;
        _onArgument = _argument.UnsafeRegister(static call => ((EnumerationCall<T>)call!).OnConsumerCanceled(), this);
        _onEnumerator = _enumerator.UnsafeRegister(static call => ((EnumerationCall<T>)call!).OnConsumerCanceled(), this);
    }

    public ChannelReader<T> Items => _items.Reader;

    public override bool IsAnswered => _ended.Task.IsCompleted;

    public override bool AlwaysInterleave => true;

    public override bool IsEnumeration => true;

    public override object? Result { get; set; }

    public void ThrowIfConsumerCanceled()
    {
        _argument.ThrowIfCancellationRequested();
        _enumerator.ThrowIfCancellationRequested();
    }

    /// <summary>Waits until there are items (true) or the sequence has ended (false).</summary>
    public async ValueTask<bool> WaitForItemsAsync()
    {
        try
        {
            return await _items.Reader.WaitToReadAsync();
        }
        catch (OperationCanceledException)
        {
            // The consumer's own cancellation is reported with the consumer's own token.
            ThrowIfConsumerCanceled();
            throw;
        }
    }

    /// <summary>The consumer has enough.</summary>
    public Task LeaveAsync()
    {
        var canceled = _argument.IsCancellationRequested || _enumerator.IsCancellationRequested;
        Stop(new OperationCanceledException("The enumeration was disposed."));
        return canceled ? Task.CompletedTask : _ended.Task;
    }

    public Task AbortAsync()
    {
        Stop(new EnumerationAbortedException($"Grain {TargetId} was deactivated while {InterfaceName}.{MethodName} was enumerated."));
        return _ended.Task;
    }

    protected override async Task Execute()
    {
        var untilPause = _batchSize;
        await foreach (var item in _method.Execute(Grain, Arguments, _iterator.Token).WithCancellation(_iterator.Token))
        {
            await _items.Writer.WriteAsync(item, _iterator.Token);
            if (--untilPause == 0)
            {
                // An iterator that never waits must not keep other requests from their turns.
                untilPause = _batchSize;
                await Task.Yield();
            }
        }
    }

    protected override bool Answer(Task execution)
    {
        if (execution.IsCompletedSuccessfully)
        {
            return End(failure: null);
        }

        // A full channel that was closed under the iterator's hand is no failure of the iterator.
        var failure = execution.Exception?.InnerException ?? CancellationOf(execution);
        return End(failure) || failure is ChannelClosedException;
    }

    protected override void AnswerFailure(Exception exception) => End(exception);

    protected override void AnswerCanceled(CancellationToken token) => End(new OperationCanceledException(token));

    private static OperationCanceledException CancellationOf(Task execution)
    {
        try
        {
            execution.GetAwaiter().GetResult();
            return new OperationCanceledException();
        }
        catch (OperationCanceledException exception)
        {
            return exception;
        }
    }

    private void OnConsumerCanceled() =>
        Stop(new OperationCanceledException(_argument.IsCancellationRequested ? _argument : _enumerator));

    /// <summary>Lets the consumer read what is there and then <paramref name="reason"/>, and cancels the iterator.</summary>
    private void Stop(Exception reason)
    {
        _items.Writer.TryComplete(reason);
        if (Abandon())
        {
            End(reason);
        }
        else
        {
            _iterator.Cancel();
        }
    }

    /// <summary>False if the consumer had been told of an end before.</summary>
    private bool End(Exception? failure)
    {
        var told = _items.Writer.TryComplete(failure);
        _onArgument.Unregister();
        _onEnumerator.Unregister();
        _ended.TrySetResult();
        return told;
    }
}
