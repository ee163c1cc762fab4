using ProjectSilo.Grains.Runtime.Calls;

namespace ProjectSilo.Grains.Runtime.Activations;

// Which request may begin, and what is done about those that wait too long.
internal sealed partial class Activation
{
    /// <summary>Requests that may not begin yet, oldest first. Made when first needed: most activations never have one.</summary>
    private LinkedList<GrainCall>? _waiting;

    /// <summary>All requests that have not ended and whose callers still wait, as a linked list.</summary>
    private GrainCall? _outstanding;

    /// <summary>How many of <see cref="_waiting"/> could begin beside an exclusive one: those that came before the activation was ready.</summary>
    private int _waitingInterleavable;
    private bool _someAbandoned;
    private int _running;
    private int _runningExclusive;
    private int _runningReadOnly;
    private int _openEnumerations;

    /// <summary>Takes a request. False if the activation has ended and the request must go to the next one.</summary>
    public bool Enqueue(GrainCall call)
    {
        lock (_gate)
        {
            if (_phase == Phase.Ended)
            {
                return false;
            }

            call.Activation = this;
            AddOutstanding(call);
            if (!MayBegin(call))
            {
                (_waiting ??= []).AddLast(call);
                _waitingInterleavable += MayInterleave(call) ? 1 : 0;
                return true;
            }

            CountBegin(call);
        }

        _turns.Begin(call);
        return true;
    }

    /// <summary>A request that had begun has ended.</summary>
    public void OnEnded(GrainCall call)
    {
        lock (_gate)
        {
            RemoveOutstanding(call);
            if (call.IsEnumeration)
            {
                _openEnumerations--;
                _enumerations.Remove(call);
            }
            else
            {
                _running--;
                _runningReadOnly -= IsCountedReadOnly(call) ? 1 : 0;
                _runningExclusive -= IsCountedExclusive(call) ? 1 : 0;
            }

            if (call.KeepsAlive)
            {
                _lastActive = Silo.TimeProvider.GetTimestamp();
            }

            BeginWaiting();
            BeginDeactivatingIfDue();
        }
    }

    /// <summary>The caller of a request has left; the next tick drops the request if it still waits.</summary>
    public void OnAbandoned() => Volatile.Write(ref _someAbandoned, true);

    /// <summary>Answers callers whose time is up, and lets go of what nobody waits for.</summary>
    private void DropLate(long now)
    {
        var waitingChanged = Volatile.Read(ref _someAbandoned);
        Volatile.Write(ref _someAbandoned, false);
        for (var call = _outstanding; call is not null;)
        {
            var next = call.NextOutstanding;
            if (call.IsAnswered)
            {
                RemoveOutstanding(call);
                waitingChanged |= call.IsAbandoned;
            }
            else if (call.Deadline <= now)
            {
                RemoveOutstanding(call);
                call.TimeOut(Silo.ResponseTimeoutOf(call.Method));
                waitingChanged = true;
            }

            call = next;
        }

        if (waitingChanged && _waiting is { Count: > 0 })
        {
            for (var node = _waiting.First; node is not null;)
            {
                var next = node.Next;
                if (node.Value.IsAbandoned)
                {
                    RemoveWaiting(node);
                }

                node = next;
            }
        }
    }

    /// <summary>Begins all waiting requests that may, in order; those that may not are passed by those that may.</summary>
    private void BeginWaiting()
    {
        if (_waiting is not { Count: > 0 } || _phase != Phase.Active)
        {
            return;
        }

        // Behind an exclusive request only interleavable ones can begin: without one the rest of a long queue is not looked at.
        for (var node = _waiting.First; node is not null && (_runningExclusive == 0 || _waitingInterleavable > 0);)
        {
            var next = node.Next;
            var call = node.Value;
            if (call.IsAbandoned)
            {
                RemoveWaiting(node);
                RemoveOutstanding(call);
            }
            else if (MayBegin(call))
            {
                RemoveWaiting(node);
                CountBegin(call);
                _turns.Enqueue(call);
            }

            node = next;
        }
    }

    /// <summary>
    /// The rules of Orleans: an always-interleaving request at any time; a read-only one beside read-only ones; others when nothing runs
    /// but always-interleaving ones; all of a reentrant class at any time.
    /// </summary>
    private bool MayBegin(GrainCall call)
    {
        if (_phase != Phase.Active || (_deactivation is not null && !ServesWhileStopping))
        {
            return false;
        }

        return MayInterleave(call) || (_runningExclusive == 0 && (call.ReadOnly || _runningReadOnly == 0));
    }

    private bool MayInterleave(GrainCall call) => call.AlwaysInterleave || _class.Reentrant;

    private void RemoveWaiting(LinkedListNode<GrainCall> node)
    {
        node.List!.Remove(node);
        _waitingInterleavable -= MayInterleave(node.Value) ? 1 : 0;
    }

    private void CountBegin(GrainCall call)
    {
        if (call.IsEnumeration)
        {
            _openEnumerations++;
            _enumerations.Add(call);
            return;
        }

        _running++;
        _runningReadOnly += IsCountedReadOnly(call) ? 1 : 0;
        _runningExclusive += IsCountedExclusive(call) ? 1 : 0;
    }

    private static bool IsCountedReadOnly(GrainCall call) => call is { AlwaysInterleave: false, ReadOnly: true };

    private static bool IsCountedExclusive(GrainCall call) => call is { AlwaysInterleave: false, ReadOnly: false };

    private void AddOutstanding(GrainCall call)
    {
        call.NextOutstanding = _outstanding;
        _outstanding?.PreviousOutstanding = call;
        _outstanding = call;
    }

    private void RemoveOutstanding(GrainCall call)
    {
        if (call.PreviousOutstanding is { } previous)
        {
            previous.NextOutstanding = call.NextOutstanding;
        }
        else if (_outstanding == call)
        {
            _outstanding = call.NextOutstanding;
        }
        else
        {
            return;
        }

        call.NextOutstanding?.PreviousOutstanding = call.PreviousOutstanding;
        call.PreviousOutstanding = null;
        call.NextOutstanding = null;
    }
}
