namespace ProjectSilo.Conat.Services;

/// <summary>Decides which call of a service runs when: those of one key one after the other, and not too many altogether.</summary>
/// <param name="options">The bounds.</param>
/// <param name="run">Runs a call and never fails: the outer task ends with the method, the inner one with its answer.</param>
internal sealed class CallQueue(ServiceOptions options, Func<ConatCall, Task<Task>> run)
{
    /// <summary>Guards everything below.</summary>
    private readonly Lock _gate = new();

    /// <summary>The keys of which a call runs or is ready, and the calls that wait for its end.</summary>
    private readonly Dictionary<string, Queue<ConatCall>> _keys = new(StringComparer.Ordinal);

    /// <summary>Calls that wait only because so many run.</summary>
    private readonly Queue<ConatCall> _ready = [];
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;
    private int _waiting;
    private long _waitingBytes;
    private bool _isClosed;
    private bool _dropsWaiting;

    /// <summary>Takes a call, and runs it when it is its turn.</summary>
    /// <returns>False if too many wait.</returns>
    public bool TryAdd(ConatCall call)
    {
        lock (_gate)
        {
            if (_dropsWaiting)
            {
                return true;
            }

            var mustWait = _running >= options.MaxConcurrentCalls || (call.Key is not null && _keys.ContainsKey(call.Key));
            if (mustWait && (_waiting >= options.MaxWaitingCalls || (_waiting > 0 && _waitingBytes + call.Message.Raw.Length > options.MaxWaitingBytes)))
            {
                return false;
            }

            _waiting++;
            _waitingBytes += call.Message.Raw.Length;
            if (call.Key is not null && !_keys.TryAdd(call.Key, []))
            {
                _keys[call.Key].Enqueue(call);
            }
            else
            {
                _ready.Enqueue(call);
                StartReady();
            }

            return true;
        }
    }

    /// <summary>No more calls will be added.</summary>
    /// <param name="dropWaiting">Whether those that wait are forgotten, unanswered, and those that are added all the same.</param>
    /// <returns>Ends when no call runs or waits any more.</returns>
    public Task CloseAsync(bool dropWaiting)
    {
        lock (_gate)
        {
            _isClosed = true;
            if (dropWaiting)
            {
                _dropsWaiting = true;
                _ready.Clear();
                foreach (var queue in _keys.Values)
                {
                    queue.Clear();
                }

                _waiting = 0;
                _waitingBytes = 0;
            }

            EndIfIdle();
            return _idle.Task;
        }
    }

    private void StartReady()
    {
        while (_running < options.MaxConcurrentCalls && _ready.TryDequeue(out var call))
        {
            _running++;
            _waiting--;
            _waitingBytes -= call.Message.Raw.Length;
            _ = Task.Run(() => RunAsync(call));
        }
    }

    private async Task RunAsync(ConatCall call)
    {
        var answering = await run(call).ConfigureAwait(false);
        lock (_gate)
        {
            FreeKey(call.Key);
        }

        await answering.ConfigureAwait(false);
        lock (_gate)
        {
            _running--;
            StartReady();
            EndIfIdle();
        }
    }

    private void FreeKey(string? key)
    {
        if (key is null)
        {
            return;
        }

        if (_keys[key].TryDequeue(out var next))
        {
            _ready.Enqueue(next);
            StartReady();
        }
        else
        {
            _keys.Remove(key);
        }
    }

    private void EndIfIdle()
    {
        if (_isClosed && _running == 0 && _waiting == 0)
        {
            _idle.TrySetResult();
        }
    }
}
