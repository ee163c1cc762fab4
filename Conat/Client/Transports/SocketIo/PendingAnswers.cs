using System.Collections.Immutable;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Transports.SocketIo;

/// <summary>The acks that one connection waits for, by their ids.</summary>
internal sealed class PendingAnswers(AckCounter ids, int maxPending, TimeProvider time)
{
    /// <summary>Guards the two below. Answers are given outside of it.</summary>
    private readonly Lock _gate = new();
    private readonly Dictionary<long, Waiter> _waiters = [];
    private bool _isOver;

    /// <summary>A new id, and the task of its answer: null's value if the ack has none.</summary>
    public (long Id, Task<WireValue> Answer) Register(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var id = ids.Next();
        var waiter = new Waiter();
        lock (_gate)
        {
            if (_isOver)
            {
                throw ConatException.Disconnected();
            }

            if (_waiters.Count >= maxPending)
            {
                throw new ConatException($"more than {maxPending} answers are waited for", 429);
            }

            _waiters.Add(id, waiter);
        }

        return (id, WaitAsync(id, waiter, timeout, cancellationToken));
    }

    /// <summary>An answer has come. One that nobody waits for is ignored.</summary>
    public void Answer(long id, ImmutableArray<WireValue> values)
    {
        if (Remove(id) is { } waiter)
        {
            waiter.TrySetResult(values.IsEmpty ? WireValue.Null : values[0]);
        }
    }

    public void Fail(long id) => Remove(id)?.TrySetException(ConatException.Disconnected());

    /// <summary>The connection has ended.</summary>
    public void FailAll()
    {
        List<Waiter> waiters;
        lock (_gate)
        {
            _isOver = true;
            waiters = [.. _waiters.Values];
            _waiters.Clear();
        }

        foreach (var waiter in waiters)
        {
            waiter.TrySetException(ConatException.Disconnected());
        }
    }

    private async Task<WireValue> WaitAsync(long id, Waiter waiter, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            return await waiter.Task.WaitAsync(timeout, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw ConatException.TimedOut();
        }
        finally
        {
            Remove(id);
        }
    }

    private Waiter? Remove(long id)
    {
        lock (_gate)
        {
            return _waiters.Remove(id, out var waiter) ? waiter : null;
        }
    }

    private sealed class Waiter() : TaskCompletionSource<WireValue>(TaskCreationOptions.RunContinuationsAsynchronously);
}
