using ProjectSilo.Grains.Commands;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Kernels;

namespace ProjectSilo.Grains.Kernels.Execution;

/// <summary>
/// What one follower of a kernel was not told yet. Bounded in bytes: a follower that is slower is left behind with an error, as a widget that has missed a message shows nonsense. Used on a grain's
/// turns, so it needs no lock.
/// </summary>
internal sealed class EventQueue(int maxBytes)
{
    private const int EventBytes = 250;

    private readonly Queue<(KernelEvent Event, long Bytes)> _events = new();
    private readonly ChangeSignal _changed = new();
    private long _bytes;
    private bool _isBehind;

    public void Add(KernelEvent kernelEvent)
    {
        if (_isBehind)
        {
            return;
        }

        long bytes = EventBytes;
        if (kernelEvent.Comm is { } comm)
        {
            bytes += comm.Content.Length;
            foreach (var buffer in comm.Buffers)
            {
                bytes += buffer.Length;
            }
        }

        _bytes += bytes;
        if (_bytes > maxBytes && _events.Count > 0)
        {
            _isBehind = true;
            _events.Clear();
        }
        else
        {
            _events.Enqueue((kernelEvent, bytes));
        }

        _changed.Raise();
    }

    /// <summary>The next event, waited for.</summary>
    /// <exception cref="RequestException">Too much has happened meanwhile.</exception>
    public async Task<KernelEvent> Next(CancellationToken cancellationToken)
    {
        (KernelEvent Event, long Bytes) next;
        while (!_events.TryDequeue(out next))
        {
            if (_isBehind)
            {
                throw new RequestException("too many messages of the kernel are waiting");
            }

            await _changed.Next.WaitAsync(cancellationToken);
        }

        _bytes -= next.Bytes;
        return next.Event;
    }
}
