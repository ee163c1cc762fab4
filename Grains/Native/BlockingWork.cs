using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Native;

/// <summary>
/// Runs work that blocks (file system calls, starting processes) on a few dedicated threads, never on the thread pool or a grain's turn (architecture decision
/// 4). Callers are served in turn and each may hold only its share of the threads, so a hung mount or a huge listing delays nobody else.
/// </summary>
public sealed class BlockingWork
{
    private const int StackBytes = 256 * 1024;

    private static long _queued;

    private readonly BlockingWorkOptions _options;

    /// <summary>Guards all fields below. Held for a few instructions only.</summary>
    private readonly object _lock = new();

    /// <summary>Callers with waiting work or a running thread.</summary>
    private readonly Dictionary<string, Caller> _callers = new(StringComparer.Ordinal);

    /// <summary>Callers that have waiting work and a thread of their share left, the longest waiting first.</summary>
    private readonly Queue<Caller> _ready = new();
    private int _threads;
    private int _idleThreads;

    /// <summary>Nothing is started before the first work.</summary>
    public BlockingWork(IOptions<BlockingWorkOptions> options) => _options = options.Value;

    /// <summary>Operations that wait for a thread, of all instances.</summary>
    internal static long Queued => Interlocked.Read(ref _queued);

    /// <summary>Runs <paramref name="work"/> on a thread of its own kind.</summary>
    /// <param name="caller">Who asks, e.g. <c>hub:3</c>: the unit of fairness.</param>
    /// <param name="work">What to do. It is not interrupted once it runs.</param>
    /// <param name="cancellationToken">Removes the work while it waits; it then ends at once.</param>
    /// <exception cref="RequestException">The caller has too much work waiting.</exception>
    public Task<T> Run<T>(string caller, Func<T> work, CancellationToken cancellationToken = default)
    {
        var item = new Item<T>(work);
        Enqueue(caller, item, cancellationToken);
        return item.Task;
    }

    /// <summary>Runs <paramref name="work"/>, which has no result.</summary>
    /// <inheritdoc cref="Run{T}(string, Func{T}, CancellationToken)"/>
    public Task Run(string caller, Action work, CancellationToken cancellationToken = default) =>
        Run(
            caller,
            () =>
            {
                work();
                return true;
            },
            cancellationToken);

    private void Enqueue(string name, Item item, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_callers.TryGetValue(name, out var caller))
            {
                _callers[name] = caller = new Caller(name);
            }

            if (caller.Waiting.Count >= _options.QueueLengthPerCaller)
            {
                throw new RequestException("too many operations are waiting; try again later");
            }

            var place = caller.Waiting.AddLast(item);
            Interlocked.Increment(ref _queued);
            MakeReady(caller);
            item.Cancellation = cancellationToken.UnsafeRegister((_, token) => Cancel(caller, place, token), null);
        }
    }

    /// <summary>Takes work out that waits. Work that runs goes on.</summary>
    private void Cancel(Caller caller, LinkedListNode<Item> place, CancellationToken token)
    {
        lock (_lock)
        {
            if (place.List is null)
            {
                return;
            }

            caller.Waiting.Remove(place);
            Interlocked.Decrement(ref _queued);
            ForgetIfIdle(caller);
        }

        place.Value.Cancel(token);
    }

    private void ForgetIfIdle(Caller caller)
    {
        if (caller is { Running: 0, Waiting.Count: 0 })
        {
            _callers.Remove(caller.Name);
        }
    }

    /// <summary>Lets the caller stand in line if it has work and a free share, and sees to it that a thread comes.</summary>
    private void MakeReady(Caller caller)
    {
        if (caller.IsReady || caller.Waiting.Count == 0 || caller.Running >= _options.ThreadsPerCaller)
        {
            return;
        }

        caller.IsReady = true;
        _ready.Enqueue(caller);
        if (_ready.Count <= _idleThreads)
        {
            Monitor.Pulse(_lock);
        }
        else if (_threads < _options.Threads)
        {
            // Idle threads that were woken already, but have not run yet, each take one of those that were ready before.
            _threads++;
            new Thread(Work, StackBytes) { IsBackground = true, Name = "blocking work" }.Start();
        }
    }

    private void Work()
    {
        while (Next() is var (caller, item))
        {
            item.Execute();
            lock (_lock)
            {
                caller.Running--;
                MakeReady(caller);
                ForgetIfIdle(caller);
            }
        }
    }

    /// <summary>The next work in turn; null when this thread has been idle for long and shall end.</summary>
    private (Caller Caller, Item Item)? Next()
    {
        lock (_lock)
        {
            while (true)
            {
                while (_ready.TryDequeue(out var caller))
                {
                    caller.IsReady = false;
                    if (caller.Waiting.First is not { } place)
                    {
                        // Cancelled, all of it.
                        continue;
                    }

                    caller.Waiting.Remove(place);
                    Interlocked.Decrement(ref _queued);
                    caller.Running++;
                    MakeReady(caller);
                    return (caller, place.Value);
                }

                _idleThreads++;
                var woken = Monitor.Wait(_lock, _options.IdleThreadLifetime);
                _idleThreads--;
                if (!woken && _ready.Count == 0)
                {
                    _threads--;
                    return null;
                }
            }
        }
    }

    private sealed class Caller(string name)
    {
        public string Name { get; } = name;

        public LinkedList<Item> Waiting { get; } = new();

        public int Running { get; set; }

        public bool IsReady { get; set; }
    }

    private abstract class Item
    {
        /// <summary>Takes the item out of its queue when its caller gives up.</summary>
        public CancellationTokenRegistration Cancellation { get; set; }

        public abstract void Execute();

        public abstract void Cancel(CancellationToken token);
    }

    private sealed class Item<T>(Func<T> work) : Item
    {
        private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ExecutionContext? _context = ExecutionContext.Capture();

        public Task<T> Task => _completion.Task;

        public override void Execute()
        {
            Cancellation.Unregister();
            if (_context is null)
            {
                ExecuteCore();
            }
            else
            {
                ExecutionContext.Run(_context, static item => ((Item<T>)item!).ExecuteCore(), this);
            }
        }

        public override void Cancel(CancellationToken token) => _completion.SetCanceled(token);

        private void ExecuteCore()
        {
            try
            {
                _completion.SetResult(work());
            }
            catch (Exception exception)
            {
                // Not handled here: it is the caller's.
                _completion.SetException(exception);
            }
        }
    }
}
