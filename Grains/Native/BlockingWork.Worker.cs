namespace ProjectSilo.Grains.Native;

// The threads, the callers and what they wait for.
public sealed partial class BlockingWork
{
    /// <summary>One thread. Its fields are guarded by the owner's lock.</summary>
    private sealed class Worker
    {
        private readonly BlockingWork _owner;

        // Without spinning: what comes next is seldom so near, and a thread that spins takes a processor from the one that brings it.
        private readonly ManualResetEventSlim _wake = new(false, spinCount: 0);

        public Worker(BlockingWork owner)
        {
            _owner = owner;
            Place = new LinkedListNode<Worker>(this);
        }

        /// <summary>Where it stands among the idle.</summary>
        public LinkedListNode<Worker> Place { get; }

        public Caller? Caller { get; private set; }

        public long Started { get; private set; }

        /// <summary>Whether its work has run for long and no longer takes one of the threads.</summary>
        public bool IsHung { get; set; }

        /// <summary>Whether its work no longer takes part of its caller's share.</summary>
        public bool IsForgiven { get; set; }

        public void Begin(Caller caller, long now)
        {
            Caller = caller;
            Started = now;
            IsHung = false;
            IsForgiven = false;
        }

        public void Wake() => _wake.Set();

        public void Run()
        {
            while (true)
            {
                if (_owner.Next(this) is { } item)
                {
                    item.Execute();
                    if (!_owner.Done(this))
                    {
                        return;
                    }
                }
                else if (_wake.Wait(_owner._options.IdleThreadLifetime) || !_owner.Retire(this))
                {
                    // If it does not retire it was woken at the last moment.
                    _wake.Wait();
                    _wake.Reset();
                }
                else
                {
                    return;
                }
            }
        }
    }

    private sealed class Caller(string name)
    {
        public string Name { get; } = name;

        public Queue<Item> Waiting { get; } = new();

        /// <summary>How much of its share it holds.</summary>
        public int Running { get; set; }

        /// <summary>How much hung work it has that does not count.</summary>
        public int Hung { get; set; }

        /// <summary>Whether it stands in line.</summary>
        public bool IsReady { get; set; }
    }

    private abstract class Item
    {
        /// <summary>Whether it ended while it waited.</summary>
        public abstract bool IsCancelled { get; }

        public abstract void Execute();

        public abstract void Fail(Exception exception);
    }

    private sealed class Item<T> : Item
    {
        private readonly Func<T> _work;
        private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ExecutionContext? _context = ExecutionContext.Capture();
        private readonly CancellationTokenRegistration _cancellation;

        public Item(Func<T> work, CancellationToken cancellationToken)
        {
            _work = work;
            _cancellation = cancellationToken.UnsafeRegister(
                static (item, token) => ((Item<T>)item!)._completion.TrySetCanceled(token), this);
        }

        public Task<T> Task => _completion.Task;

        public override bool IsCancelled => Task.IsCompleted;

        public override void Fail(Exception exception) => _completion.TrySetException(exception);

        public override void Execute()
        {
            // From here on it is not interrupted.
            _cancellation.Dispose();
            if (Task.IsCompleted)
            {
                return;
            }

            if (_context is null)
            {
                ExecuteCore();
            }
            else
            {
                ExecutionContext.Run(_context, static item => ((Item<T>)item!).ExecuteCore(), this);
            }
        }

        private void ExecuteCore()
        {
            try
            {
                _completion.TrySetResult(_work());
            }
            catch (Exception exception)
            {
                // Not handled here: it is the caller's.
                _completion.TrySetException(exception);
            }
        }
    }
}
