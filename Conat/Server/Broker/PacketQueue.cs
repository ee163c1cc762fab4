using System.Buffers;
using System.Threading.Tasks.Sources;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>
/// Packets on their way from any number of publishers to one writer. A channel of the framework does the same, with a kilobyte of objects for each connection; of this one little
/// is left when it is empty, and most connections are idle.
/// </summary>
internal sealed class PacketQueue : IValueTaskSource<bool>
{
    private const int FirstCapacity = 16;

    /// <summary>Larger arrays are left to the collector: a pool would keep what one slow client has needed.</summary>
    private const int MaxPooledCapacity = 1024;

    /// <summary>Protects all that follows.</summary>
    private readonly Lock _gate = new();

    /// <summary>A ring: <see cref="_count"/> packets from <see cref="_first"/> on. Rented while there is one.</summary>
    private OutgoingPacket[] _packets = [];
    private int _first;
    private int _count;
    private bool _isComplete;
    private bool _isAwaited;

    /// <summary>Set for whoever waits, after the lock was left: the writer goes on elsewhere.</summary>
    private ManualResetValueTaskSourceCore<bool> _wait = new() { RunContinuationsAsynchronously = true };

    /// <summary>Adds a packet.</summary>
    /// <returns>False if nothing can be added any more.</returns>
    public bool TryAdd(in OutgoingPacket packet)
    {
        lock (_gate)
        {
            if (_isComplete)
            {
                return false;
            }

            if (_count == _packets.Length)
            {
                Grow();
            }

            _packets[(_first + _count++) % _packets.Length] = packet;
            if (!_isAwaited)
            {
                return true;
            }

            _isAwaited = false;
        }

        _wait.SetResult(true);
        return true;
    }

    /// <summary>Nothing can be added any more.</summary>
    /// <returns>Whether that is new.</returns>
    public bool TryComplete()
    {
        lock (_gate)
        {
            if (_isComplete)
            {
                return false;
            }

            _isComplete = true;
            if (!_isAwaited)
            {
                return true;
            }

            _isAwaited = false;
        }

        _wait.SetResult(false);
        return true;
    }

    /// <summary>Takes the oldest packet.</summary>
    public bool TryTake(out OutgoingPacket packet)
    {
        lock (_gate)
        {
            if (_count == 0)
            {
                packet = default;
                return false;
            }

            packet = _packets[_first];
            _packets[_first] = default;
            _first = (_first + 1) % _packets.Length;
            if (--_count == 0)
            {
                GiveBack(_packets);
                (_packets, _first) = ([], 0);
            }

            return true;
        }
    }

    /// <summary>Waits until there is a packet. For one caller at a time.</summary>
    /// <returns>False if none comes any more.</returns>
    public ValueTask<bool> WaitAsync()
    {
        lock (_gate)
        {
            if (_count > 0 || _isComplete)
            {
                return new ValueTask<bool>(_count > 0);
            }

            _wait.Reset();
            _isAwaited = true;
            return new ValueTask<bool>(this, _wait.Version);
        }
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _wait.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);

    private void Grow()
    {
        var capacity = Math.Max(FirstCapacity, 2 * _packets.Length);
        var larger = capacity <= MaxPooledCapacity ? ArrayPool<OutgoingPacket>.Shared.Rent(capacity) : new OutgoingPacket[capacity];
        var untilEnd = Math.Min(_count, _packets.Length - _first);
        Array.Copy(_packets, _first, larger, 0, untilEnd);
        Array.Copy(_packets, 0, larger, untilEnd, _count - untilEnd);
        Array.Clear(_packets);
        GiveBack(_packets);
        (_packets, _first) = (larger, 0);
    }

    private static void GiveBack(OutgoingPacket[] packets)
    {
        if (packets.Length is > 0 and <= MaxPooledCapacity)
        {
            ArrayPool<OutgoingPacket>.Shared.Return(packets);
        }
    }
}
