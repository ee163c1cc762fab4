using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Native;

/// <summary>
/// Runs work that blocks (file system calls, starting processes) on a few dedicated threads, never on the thread pool or a grain's turn (architecture decision
/// 4). Callers are served in turn and each may hold only its share of the threads. Work that hangs, on a dead network mount say, stops counting after some
/// seconds, so that it holds up neither others nor its own caller for long.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Lives as long as the process; the timer holds nothing outside it.")]
public sealed partial class BlockingWork
{
    private const int StackBytes = 256 * 1024;

    private static long _queued;

    private readonly BlockingWorkOptions _options;
    private readonly TimeProvider _time;

    /// <summary>Guards all fields below. Held for a few instructions only.</summary>
    private readonly Lock _lock = new();

    /// <summary>Callers with waiting work or a running thread.</summary>
    private readonly Dictionary<string, Caller> _callers = new(StringComparer.Ordinal);

    /// <summary>Callers that have waiting work and part of their share left, the longest waiting first.</summary>
    private readonly Queue<Caller> _ready = new();

    /// <summary>Threads that have nothing to do, the one that ran last in front: the others come to their end.</summary>
    private readonly LinkedList<Worker> _idle = [];

    /// <summary>All work being done.</summary>
    private readonly HashSet<Worker> _busy = [];

    /// <summary>Looks for hung work while some waits.</summary>
    private readonly ITimer _hungTimer;
    private bool _hungTimerRuns;
    private int _threads;
    private int _hung;

    /// <summary>Nothing is started before the first work.</summary>
    public BlockingWork(IOptions<BlockingWorkOptions> options, TimeProvider time)
    {
        _options = options.Value;
        _time = time;
        _hungTimer = time.CreateTimer(_ => FindHung(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Operations that wait for a thread, of all instances.</summary>
    internal static long Queued => Interlocked.Read(ref _queued);

    /// <summary>Runs <paramref name="work"/> on a thread of its own kind.</summary>
    /// <param name="caller">Who asks, e.g. <c>hub:3</c>: the unit of fairness.</param>
    /// <param name="work">What to do. It is not interrupted once it runs.</param>
    /// <param name="cancellationToken">Removes the work while it waits.</param>
    /// <exception cref="RequestException">The caller has too much work waiting, or the system gives no thread.</exception>
    public Task<T> Run<T>(string caller, Func<T> work, CancellationToken cancellationToken = default)
    {
        var item = new Item<T>(work, cancellationToken);
        Enqueue(caller, item);
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

    private void Enqueue(string name, Item item)
    {
        lock (_lock)
        {
            if (!_callers.TryGetValue(name, out var caller))
            {
                _callers[name] = caller = new Caller(name);
            }

            if (caller.Waiting.Count >= _options.QueueLengthPerCaller && !DropCancelled(caller))
            {
                throw new RequestException("too many operations are waiting; try again later");
            }

            caller.Waiting.Enqueue(item);
            Interlocked.Increment(ref _queued);
            MakeReady(caller);
            if (_threads + _hung == 0)
            {
                // There is no thread, and none could be started: nobody would ever take what waits.
                FailAll();
            }
        }
    }

    /// <summary>Lets the caller stand in line if it has work and part of its share left, and sees to it that a thread comes.</summary>
    private void MakeReady(Caller caller)
    {
        if (!caller.IsReady && caller.Waiting.Count > 0 && caller.Running < _options.ThreadsPerCaller)
        {
            caller.IsReady = true;
            _ready.Enqueue(caller);
        }

        BringThread();
        if (caller.Waiting.Count > 0 && !_hungTimerRuns)
        {
            _hungTimerRuns = true;
            _hungTimer.Change(_options.HungAfter, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Cancelled work has ended already but stays in the queue until its turn comes, or until the room is needed.</summary>
    /// <returns>Whether there is room now.</returns>
    private bool DropCancelled(Caller caller)
    {
        for (var count = caller.Waiting.Count; count > 0; count--)
        {
            var item = caller.Waiting.Dequeue();
            if (item.IsCancelled)
            {
                Interlocked.Decrement(ref _queued);
            }
            else
            {
                caller.Waiting.Enqueue(item);
            }
        }

        return caller.Waiting.Count < _options.QueueLengthPerCaller;
    }

    /// <summary>Wakes or starts a thread for the next caller in line.</summary>
    private void BringThread()
    {
        if (_ready.Count == 0)
        {
            return;
        }

        if (_idle.First is { } idle)
        {
            // Taken out here, not by the thread itself, so that two wake-ups never go to one thread.
            _idle.RemoveFirst();
            idle.Value.Wake();
        }
        else if (_threads < _options.Threads)
        {
            _threads++;
            try
            {
                new Thread(new Worker(this).Run, StackBytes) { IsBackground = true, Name = "blocking work" }.Start();
            }
            catch (OutOfMemoryException)
            {
                // The system's limit of threads: those there are take the work when they are free.
                _threads--;
            }
        }
    }

    private void FailAll()
    {
        foreach (var item in _callers.Values.SelectMany(caller => caller.Waiting))
        {
            Interlocked.Decrement(ref _queued);
            item.Fail(new RequestException("the system has no resources left to do this; try again later"));
        }

        _callers.Clear();
        _ready.Clear();
    }

    /// <summary>The next work in turn, given to <paramref name="worker"/>; null if there is none, and then the thread counts as idle.</summary>
    private Item? Next(Worker worker)
    {
        lock (_lock)
        {
            if (!_ready.TryDequeue(out var caller))
            {
                _idle.AddFirst(worker.Place);
                return null;
            }

            caller.IsReady = false;
            if (!caller.Waiting.TryDequeue(out var item))
            {
                // All of it was cancelled meanwhile.
                return Next(worker);
            }

            Interlocked.Decrement(ref _queued);
            caller.Running++;
            worker.Begin(caller, _time.GetTimestamp());
            _busy.Add(worker);
            MakeReady(caller);
            return item;
        }
    }

    /// <summary>Gives back what the work took.</summary>
    /// <returns>False if the thread shall end: another has taken its place while it hung.</returns>
    private bool Done(Worker worker)
    {
        lock (_lock)
        {
            _busy.Remove(worker);
            var caller = worker.Caller!;
            var stays = true;
            if (worker.IsHung)
            {
                _hung--;
                stays = _threads < _options.Threads;
                _threads += stays ? 1 : 0;
            }

            if (worker.IsForgiven)
            {
                caller.Hung--;
            }
            else
            {
                caller.Running--;
            }

            MakeReady(caller);
            if (caller is { Running: 0, Hung: 0, Waiting.Count: 0 } && _callers.GetValueOrDefault(caller.Name) == caller)
            {
                _callers.Remove(caller.Name);
            }

            return stays;
        }
    }

    /// <summary>A thread has been idle for long.</summary>
    /// <returns>False if it was just woken and goes on.</returns>
    private bool Retire(Worker worker)
    {
        lock (_lock)
        {
            if (worker.Place.List is null)
            {
                return false;
            }

            _idle.Remove(worker.Place);
            _threads--;
            return true;
        }
    }

    private void FindHung()
    {
        lock (_lock)
        {
            foreach (var worker in _busy)
            {
                if (_time.GetElapsedTime(worker.Started) < _options.HungAfter)
                {
                    continue;
                }

                if (!worker.IsHung && _hung < _options.MaxHung)
                {
                    worker.IsHung = true;
                    _hung++;
                    _threads--;
                }

                if (!worker.IsForgiven && worker.Caller!.Hung < _options.MaxHungPerCaller)
                {
                    worker.IsForgiven = true;
                    worker.Caller.Hung++;
                    worker.Caller.Running--;
                }
            }

            _hungTimerRuns = false;
            foreach (var caller in _callers.Values)
            {
                MakeReady(caller);
            }
        }
    }
}
