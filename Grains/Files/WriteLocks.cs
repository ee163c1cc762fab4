using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Files;

/// <summary>
/// A lock for each path that is written now, first come first served. It keeps writes to one file apart, whoever asks; waiting holds no thread.
/// </summary>
internal sealed class WriteLocks(int maxWaiting)
{
    /// <summary>Paths held, each with those who wait. Guarded by itself.</summary>
    private readonly Dictionary<string, LinkedList<TaskCompletionSource>> _held = new(StringComparer.Ordinal);

    /// <summary>How many paths are held.</summary>
    public int Count
    {
        get
        {
            lock (_held)
            {
                return _held.Count;
            }
        }
    }

    /// <summary>Takes the path if nobody has it; disposing the result gives it back. Null: it is held.</summary>
    public IDisposable? TryAcquire(string path)
    {
        lock (_held)
        {
            return _held.TryAdd(path, []) ? new Release(this, path) : null;
        }
    }

    /// <summary>Waits for the path's turn; disposing the result ends it.</summary>
    /// <exception cref="RequestException">Too many wait for it already.</exception>
    public async Task<IDisposable> Acquire(string path, CancellationToken cancellationToken)
    {
        LinkedListNode<TaskCompletionSource> turn;
        lock (_held)
        {
            if (!_held.TryGetValue(path, out var waiting))
            {
                _held[path] = [];
                return new Release(this, path);
            }

            if (waiting.Count >= maxWaiting)
            {
                throw new RequestException("too many writes to this file are waiting; try again later");
            }

            turn = waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        await using (cancellationToken.Register(() => GiveUp(turn, cancellationToken)))
        {
            await turn.Value.Task;
        }

        return new Release(this, path);
    }

    private void GiveUp(LinkedListNode<TaskCompletionSource> turn, CancellationToken cancellationToken)
    {
        lock (_held)
        {
            if (turn.List is { } waiting)
            {
                waiting.Remove(turn);
                turn.Value.SetCanceled(cancellationToken);
            }
        }
    }

    private void End(string path)
    {
        lock (_held)
        {
            var waiting = _held[path];
            if (waiting.First is { } next)
            {
                waiting.RemoveFirst();
                next.Value.SetResult();
            }
            else
            {
                _held.Remove(path);
            }
        }
    }

    private sealed class Release(WriteLocks locks, string path) : IDisposable
    {
        private int _released;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _released, 1) == 0)
            {
                locks.End(path);
            }
        }
    }
}
