using ProjectSilo.Grains.Runtime.Calls;

namespace ProjectSilo.Grains.Runtime.Activations;

/// <summary>
/// Runs the code of one activation, one piece at a time, on the thread pool. Requests begin here and their continuations come back here,
/// because this is the current <see cref="TaskScheduler"/> while a piece runs. A request that may begin at any time does so on the caller's thread, if that is one
/// of the pool and nothing else runs: waking another takes longer than most of them.
/// </summary>
internal sealed class TurnScheduler : TaskScheduler, IThreadPoolWorkItem
{
    /// <summary>After this long the activation goes to the end of the thread pool's queue, so that a busy one does not hold a thread for ever.</summary>
    private const long QuantumMilliseconds = 50;

    private static readonly ContextCallback RunCall = static call => ((GrainCall)call!).Run();

    [ThreadStatic]
    private static TurnScheduler? _running;

    /// <summary>The context that the pool starts work items with; null before the first.</summary>
    private static ExecutionContext? _poolContext;

    // Protects _pieces and _scheduled.
    private readonly Lock _gate = new();
    private readonly Queue<object> _pieces = new(4);
    private bool _scheduled;

    /// <summary>Lets <paramref name="call"/> begin in its turn.</summary>
    public void Enqueue(GrainCall call) => EnqueuePiece(call);

    /// <summary>
    /// Lets <paramref name="call"/> begin in its turn; if that is now, before this returns. The caller holds no lock. What follows the call's first wait runs on the
    /// pool as ever.
    /// </summary>
    public void Begin(GrainCall call)
    {
        if (!MayBeginHere(call) || !TryTakeTurn())
        {
            EnqueuePiece(call);
            return;
        }

        _running = this;
        new Task(static call => ExecutionContext.Run(_poolContext!, RunCall, call), call, CancellationToken.None, TaskCreationOptions.DenyChildAttach)
            .RunSynchronously(this);
        _running = null;
        EndTurn();
    }

    /// <summary>Runs <paramref name="work"/> here, with nothing of the caller's execution context.</summary>
    public Task RunAsync(Func<Task> work)
    {
        var flow = ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow();
        try
        {
            return Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this).Unwrap();
        }
        finally
        {
            flow.Dispose();
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        var outer = _running;
        _running = this;
        // One task for the whole batch makes this the current scheduler for requests too, without a task for each.
        new Task(static scheduler => ((TurnScheduler)scheduler!).RunBatch(), this, CancellationToken.None, TaskCreationOptions.DenyChildAttach)
            .RunSynchronously(this);
        _running = outer;
    }

    /// <inheritdoc/>
    protected override void QueueTask(Task task) => EnqueuePiece(task);

    /// <inheritdoc/>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => _running == this && TryExecuteTask(task);

    /// <inheritdoc/>
    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_gate)
        {
            return _pieces.OfType<Task>().ToArray();
        }
    }

    /// <summary>
    /// Not inside of a turn, which would last longer and could nest without end; and not on a thread that isn't the pool's, whose owner does not expect to lend it.
    /// </summary>
    private static bool MayBeginHere(GrainCall call) =>
        call is { AlwaysInterleave: true, IsEnumeration: false }
        && _running is null && _poolContext is not null && Thread.CurrentThread.IsThreadPoolThread && SynchronizationContext.Current is null;

    private bool TryTakeTurn()
    {
        lock (_gate)
        {
            if (_scheduled)
            {
                return false;
            }

            _scheduled = true;
            return true;
        }
    }

    private void EndTurn()
    {
        lock (_gate)
        {
            if (_pieces.Count == 0)
            {
                _scheduled = false;
                return;
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }

    private void EnqueuePiece(object piece)
    {
        lock (_gate)
        {
            _pieces.Enqueue(piece);
            if (_scheduled)
            {
                return;
            }

            _scheduled = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }

    private void RunBatch()
    {
        // The pool starts work items with the default context; requests start with it too, so that one's AsyncLocals don't reach the next.
        var context = _poolContext ??= ExecutionContext.Capture()!;
        var started = Environment.TickCount64;
        do
        {
            object? piece;
            lock (_gate)
            {
                if (!_pieces.TryDequeue(out piece))
                {
                    _scheduled = false;
                    return;
                }
            }

            if (piece is Task task)
            {
                TryExecuteTask(task);
            }
            else
            {
                ExecutionContext.Run(context, RunCall, piece);
            }
        }
        while (Environment.TickCount64 - started < QuantumMilliseconds);

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }
}
