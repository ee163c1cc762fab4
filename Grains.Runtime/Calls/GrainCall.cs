using System.Diagnostics;
using System.Reflection;
using Orleans;
using Orleans.Runtime;
using ProjectSilo.Grains.Runtime.Activations;

namespace ProjectSilo.Grains.Runtime.Calls;

/// <summary>
/// One request: what the caller waits on, and what the activation queues and runs. The caller's answer and the method's execution are two
/// things: a timeout or a cancellation answers the caller while the method keeps running.
/// </summary>
internal abstract class GrainCall : IIncomingGrainCallContext
{
    private const int Waiting = 0;
    private const int Started = 1;
    private const int Abandoned = 2;

    private readonly Activity? _activity = Activity.Current;
    private CancellationTokenRegistration _cancellation;
    private Task? _execution;
    private int _phase;
    private int _nextFilter;

    protected GrainCall(GrainId target, GrainMethod method, object?[] arguments)
    {
        TargetId = target;
        Method = method;
        Arguments = arguments;
    }

    public GrainId TargetId { get; }

    public GrainMethod Method { get; }

    public object?[] Arguments { get; }

    /// <summary>The activation that has this request; changes only if that one ends before it could run the request.</summary>
    public Activation? Activation { get; set; }

    /// <summary>Timestamp at which the caller gets a <see cref="TimeoutException"/>; <see cref="long.MaxValue"/> for never.</summary>
    public long Deadline { get; set; } = long.MaxValue;

    /// <summary>Links of the activation's list of outstanding requests; that list's to change.</summary>
    public GrainCall? PreviousOutstanding { get; set; }

    /// <inheritdoc cref="PreviousOutstanding"/>
    public GrainCall? NextOutstanding { get; set; }

    /// <summary>Whether the caller has its answer.</summary>
    public abstract bool IsAnswered { get; }

    /// <summary>Whether the caller left before the request began, so that it must not begin any more.</summary>
    public bool IsAbandoned => Volatile.Read(ref _phase) == Abandoned;

    public virtual bool AlwaysInterleave => Method.AlwaysInterleave;

    public virtual bool ReadOnly => Method.ReadOnly;

    /// <summary>Whether call filters see it.</summary>
    public virtual bool IsFiltered => true;

    /// <summary>Whether it goes to the next activation if its own ends first.</summary>
    public virtual bool MovesOn => true;

    /// <summary>Whether it counts as activity for idle collection.</summary>
    public virtual bool KeepsAlive => true;

    /// <summary>Whether it is counted while it runs as an open enumeration, which ends with the activation, and not as a request, which the end waits for.</summary>
    public virtual bool IsEnumeration => false;

    public IGrainContext TargetContext => Activation!;

    public object Grain => Activation!.GrainInstance!;

    public string InterfaceName => Method.InterfaceName;

    public string MethodName => Method.Name;

    public MethodInfo InterfaceMethod => Method.Info;

    public MethodInfo ImplementationMethod => Method.ImplementationIn(Grain.GetType());

    public abstract object? Result { get; set; }

    /// <summary>Begins the execution; called once, as a turn.</summary>
    public void Run()
    {
        if (Interlocked.CompareExchange(ref _phase, Started, Waiting) != Waiting)
        {
            Activation!.OnEnded(this);
            return;
        }

        if (_activity is not null)
        {
            Activity.Current = _activity;
        }

        Task execution;
        try
        {
            execution = IsFiltered ? Invoke() : Execute();
        }
        catch (Exception exception)
        {
            // The edge of a request: a method that throws before its first await answers like one that throws after it.
            execution = Task.FromException(exception);
        }

        _execution = execution;
        if (execution.IsCompleted)
        {
            End();
        }
        else
        {
            execution.GetAwaiter().UnsafeOnCompleted(End);
        }
    }

    public Task Invoke()
    {
        var filters = Activation!.Silo.Filters;
        return _nextFilter < filters.Length ? filters[_nextFilter++].Invoke(this) : Execute();
    }

    /// <summary>Answers the caller with <paramref name="exception"/> unless it has an answer.</summary>
    public void Refuse(Exception exception)
    {
        Abandon();
        AnswerFailure(exception);
        _cancellation.Unregister();
    }

    /// <summary>Answers the caller that the response did not come in time. A request that has not begun never will.</summary>
    public void TimeOut(TimeSpan timeout) =>
        Refuse(new TimeoutException($"Response did not arrive on time in {timeout} for {InterfaceName}.{MethodName} of grain {TargetId}."));

    /// <summary>Lets <paramref name="token"/> answer the caller. False if it already has.</summary>
    public bool ListenTo(CancellationToken token)
    {
        if (token.IsCancellationRequested)
        {
            Cancel(token);
            return false;
        }

        if (token.CanBeCanceled)
        {
            _cancellation = token.UnsafeRegister(static (call, token) => ((GrainCall)call!).Cancel(token), this);
        }

        return true;
    }

    /// <summary>Calls the grain's method. Ends when the method has ended.</summary>
    protected abstract Task Execute();

    /// <summary>Hands the outcome to the caller. False if that has an answer, so that it does not see this outcome.</summary>
    protected abstract bool Answer(Task execution);

    protected abstract void AnswerFailure(Exception exception);

    protected abstract void AnswerCanceled(CancellationToken token);

    /// <summary>The caller has left. False if the request has begun and goes on; otherwise it never begins.</summary>
    protected bool Abandon()
    {
        if (Interlocked.CompareExchange(ref _phase, Abandoned, Waiting) != Waiting)
        {
            return false;
        }

        Activation?.OnAbandoned();
        return true;
    }

    private void End()
    {
        if (!Answer(_execution!) && _execution!.Exception is { InnerException: not OperationCanceledException } failure)
        {
            Activation!.Silo.OnFailedUnseen(this, failure.InnerException!);
        }

        _cancellation.Unregister();
        Activation!.OnEnded(this);
    }

    private void Cancel(CancellationToken token)
    {
        Abandon();
        AnswerCanceled(token);
    }
}
