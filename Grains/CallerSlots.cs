using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains;

/// <summary>How much of something is done at once, in all and for each caller; others wait, first come first served among those who may start.</summary>
/// <param name="maxRunning">Most at once.</param>
/// <param name="maxPerCaller">Most at once of a caller.</param>
/// <param name="maxWaiting">Most that wait; one more fails.</param>
/// <param name="refusal">What that one is told.</param>
internal sealed class CallerSlots(int maxRunning, int maxPerCaller, int maxWaiting, string refusal)
{
    /// <summary>What runs by caller. Guarded by itself, with all fields below.</summary>
    private readonly Dictionary<string, int> _running = new(StringComparer.Ordinal);
    private readonly LinkedList<(string Caller, TaskCompletionSource Turn)> _waiting = [];
    private int _count;

    /// <summary>Does something in a slot.</summary>
    /// <param name="action">What to do.</param>
    /// <param name="caller">For whom.</param>
    /// <param name="maxWait">Who waits longer for the slot is refused as if too many waited.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">The caller waits no longer for the slot.</param>
    /// <exception cref="RequestException">Too many wait already, or it took too long.</exception>
    public async Task<T> Run<T>(Func<Task<T>> action, string caller, TimeSpan maxWait, TimeProvider time, CancellationToken cancellationToken)
    {
        using (var wait = new CancellationTokenSource(maxWait, time))
        using (var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, wait.Token))
        {
            try
            {
                await Acquire(caller, either.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new RequestException(refusal);
            }
        }

        try
        {
            return await action();
        }
        finally
        {
            Release(caller);
        }
    }

    /// <summary>Waits for a slot; <see cref="Release"/> gives it back.</summary>
    /// <exception cref="RequestException">Too many wait already.</exception>
    public async Task Acquire(string caller, CancellationToken cancellationToken)
    {
        LinkedListNode<(string Caller, TaskCompletionSource Turn)> node;
        lock (_running)
        {
            if (TryTake(caller))
            {
                return;
            }

            if (_waiting.Count >= maxWaiting)
            {
                throw new RequestException(refusal);
            }

            node = _waiting.AddLast((caller, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)));
        }

        await using (cancellationToken.Register(() => GiveUp(node, cancellationToken)))
        {
            await node.Value.Turn.Task;
        }
    }

    public void Release(string caller)
    {
        lock (_running)
        {
            _count--;
            if (--_running[caller] == 0)
            {
                _running.Remove(caller);
            }

            for (var node = _waiting.First; node is not null && _count < maxRunning;)
            {
                var next = node.Next;
                if (TryTake(node.Value.Caller))
                {
                    _waiting.Remove(node);
                    node.Value.Turn.SetResult();
                }

                node = next;
            }
        }
    }

    private bool TryTake(string caller)
    {
        var running = _running.GetValueOrDefault(caller);
        if (_count >= maxRunning || running >= maxPerCaller)
        {
            return false;
        }

        _count++;
        _running[caller] = running + 1;
        return true;
    }

    private void GiveUp(LinkedListNode<(string Caller, TaskCompletionSource Turn)> node, CancellationToken cancellationToken)
    {
        lock (_running)
        {
            if (node.List is not null)
            {
                _waiting.Remove(node);
                node.Value.Turn.SetCanceled(cancellationToken);
            }
        }
    }
}
