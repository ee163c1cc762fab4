namespace ProjectSilo.Conat.Server.Persist.Engine;

/// <summary>
/// Which streams have their file open: those that nobody has used for a while are told to close it, and so is the one used longest ago when there are too many. The bound may be
/// passed by those at work, of which there are no more than threads.
/// </summary>
internal sealed class OpenFiles
{
    private readonly int _max;
    private readonly TimeSpan _idleTime;
    private readonly TimeProvider _time;
    private readonly ITimer _sweep;

    /// <summary>Guards all below.</summary>
    private readonly Lock _gate = new();

    /// <summary>The one used longest ago in front.</summary>
    private readonly LinkedList<Entry> _order = [];
    private readonly Dictionary<PersistStream, LinkedListNode<Entry>> _entries = [];
    private bool _isSweeping;

    public OpenFiles(int max, TimeSpan idleTime, TimeProvider time)
    {
        (_max, _idleTime, _time) = (max, idleTime, time);
        _sweep = time.CreateTimer(_ => Sweep(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>The stream's file is open, and in use.</summary>
    public void Touch(PersistStream stream)
    {
        PersistStream? surplus = null;
        lock (_gate)
        {
            if (_entries.TryGetValue(stream, out var node))
            {
                _order.Remove(node);
                node.Value = new Entry(stream, _time.GetTimestamp());
            }
            else
            {
                node = new LinkedListNode<Entry>(new Entry(stream, _time.GetTimestamp()));
                _entries.Add(stream, node);
            }

            _order.AddLast(node);
            if (_entries.Count > _max)
            {
                surplus = _order.First!.Value.Stream;
                RemoveCore(surplus);
            }

            if (!_isSweeping)
            {
                _isSweeping = true;
                _sweep.Change(_idleTime, Timeout.InfiniteTimeSpan);
            }
        }

        surplus?.ReleaseFile();
    }

    /// <summary>The stream's file is closed.</summary>
    public void Remove(PersistStream stream)
    {
        lock (_gate)
        {
            RemoveCore(stream);
        }
    }

    private void RemoveCore(PersistStream stream)
    {
        if (_entries.Remove(stream, out var node))
        {
            _order.Remove(node);
        }
    }

    private void Sweep()
    {
        var idle = new List<PersistStream>();
        lock (_gate)
        {
            while (_order.First is { } first && _time.GetElapsedTime(first.Value.Used) >= _idleTime)
            {
                idle.Add(first.Value.Stream);
                RemoveCore(first.Value.Stream);
            }

            _isSweeping = _order.First is not null;
            if (_order.First is { } next)
            {
                _sweep.Change(Max(_idleTime - _time.GetElapsedTime(next.Value.Used), TimeSpan.FromMilliseconds(1)), Timeout.InfiniteTimeSpan);
            }
        }

        foreach (var stream in idle)
        {
            stream.ReleaseFile();
        }
    }

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;

    private readonly record struct Entry(PersistStream Stream, long Used);
}
