using ProjectSilo.Conat.Core;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>Who waits until somebody subscribes (spec 05 §6.1): each is answered exactly once, when it happens or when its time is over.</summary>
/// <param name="interest">Where to look.</param>
/// <param name="time">Measures the time.</param>
public sealed class InterestWaiters(InterestTable interest, TimeProvider time)
{
    /// <summary>Protects the list.</summary>
    private readonly Lock _gate = new();
    private readonly LinkedList<Waiter> _waiters = [];

    /// <summary>Waits for interest in <paramref name="subject"/>.</summary>
    /// <param name="subject">A publishable subject.</param>
    /// <param name="timeout">How long at most; positive.</param>
    /// <param name="answer">Called once with whether somebody is subscribed, unless disposed before. Must be quick.</param>
    /// <returns>Disposing it ends the waiting without an answer.</returns>
    public IDisposable Add(string subject, TimeSpan timeout, Action<bool> answer)
    {
        var waiter = new Waiter(this, subject, answer);
        lock (_gate)
        {
            waiter.Place = _waiters.AddLast(waiter);
        }

        waiter.Timer = time.CreateTimer(static state => ((Waiter)state!).Finish(false), waiter, timeout, Timeout.InfiniteTimeSpan);

        // Listed first and looked at second: whoever subscribes in between sees the waiter, or is seen here.
        if (interest.HasInterest(subject))
        {
            waiter.Finish(true);
        }

        return waiter;
    }

    /// <summary>Answers those that a new pattern satisfies.</summary>
    public void Notify(string pattern)
    {
        if (pattern == Subjects.AnyTokens)
        {
            return;
        }

        List<Waiter>? satisfied = null;
        lock (_gate)
        {
            foreach (var waiter in _waiters)
            {
                if (Subjects.Matches(pattern, waiter.Subject))
                {
                    (satisfied ??= []).Add(waiter);
                }
            }
        }

        satisfied?.ForEach(waiter => waiter.Finish(true));
    }

    internal int Count
    {
        get
        {
            lock (_gate)
            {
                return _waiters.Count;
            }
        }
    }

    private sealed class Waiter(InterestWaiters owner, string subject, Action<bool> answer) : IDisposable
    {
        private ITimer? _timer;
        private bool _isFinished;

        public string Subject { get; } = subject;

        public LinkedListNode<Waiter>? Place { get; set; }

        public ITimer Timer
        {
            set
            {
                lock (owner._gate)
                {
                    if (!_isFinished)
                    {
                        _timer = value;
                        return;
                    }
                }

                value.Dispose();
            }
        }

        public void Finish(bool hasInterest)
        {
            if (Leave())
            {
                answer(hasInterest);
            }
        }

        public void Dispose() => Leave();

        private bool Leave()
        {
            lock (owner._gate)
            {
                if (_isFinished)
                {
                    return false;
                }

                _isFinished = true;
                owner._waiters.Remove(Place!);
            }

            _timer?.Dispose();
            return true;
        }
    }
}
