using System.Buffers;
using ProjectSilo.Conat.Core.MessagePack;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Sockets;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Server.Persist.Engine;

/// <summary>
/// Tells one socket what happens to a stream (spec 07 §1.8): the first event at once, those of the next milliseconds together. A socket that doesn't take it is closed: its client
/// comes back and catches up, and no writer has to wait.
/// </summary>
internal sealed class ChangeFeed : IDisposable
{
    private readonly ConatSocketConnection _socket;
    private readonly PersistServerOptions _options;
    private readonly ITimer _timer;

    /// <summary>Guards all below.</summary>
    private readonly Lock _gate = new();

    /// <summary>Events that wait for the timer, bounded by <see cref="PersistServerOptions.MaxFeedBytes"/>.</summary>
    private List<EncodedEvent> _waiting = [];
    private long _waitingBytes;
    private long _frames;
    private bool _isTimerSet;
    private bool _isEnded;

    public ChangeFeed(ConatSocketConnection socket, PersistServerOptions options, TimeProvider time)
    {
        (_socket, _options) = (socket, options);
        _timer = time.CreateTimer(_ => OnTimer(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>These have happened. Never waits.</summary>
    public void Add(ReadOnlySpan<EncodedEvent> events)
    {
        var isTaken = true;
        lock (_gate)
        {
            if (_isEnded)
            {
                return;
            }

            foreach (var one in events)
            {
                _waiting.Add(one);
                _waitingBytes += one.Bytes.Length;
            }

            if (!_isTimerSet)
            {
                _isTimerSet = true;
                isTaken = TryFlush();
                _timer.Change(_options.FlushInterval, Timeout.InfiniteTimeSpan);
            }
            else
            {
                isTaken = _waitingBytes <= _options.MaxFeedBytes;
            }
        }

        CloseUnless(isTaken);
    }

    /// <summary>Says nothing more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isEnded = true;
            _waiting = [];
        }

        _timer.Dispose();
    }

    private void OnTimer()
    {
        bool isTaken;
        lock (_gate)
        {
            _isTimerSet = _waiting.Count > 0 && !_isEnded;
            if (!_isTimerSet)
            {
                // Large room of a burst isn't kept.
                _waiting = [];
                return;
            }

            isTaken = TryFlush();
            _timer.Change(_options.FlushInterval, Timeout.InfiniteTimeSpan);
        }

        CloseUnless(isTaken);
    }

    /// <summary>Outside of the lock: it leads back here.</summary>
    private void CloseUnless(bool isTaken)
    {
        if (!isTaken)
        {
            Dispose();
            _socket.Close();
        }
    }

    /// <returns>False if the socket has no room.</returns>
    private bool TryFlush()
    {
        for (var start = 0; start < _waiting.Count;)
        {
            var (end, bytes, rawBytes) = (start, 0, 0L);
            while (end < _waiting.Count && end - start < _options.MaxBatchMessages && rawBytes < _options.MaxBatchBytes)
            {
                bytes += _waiting[end].Bytes.Length;
                rawBytes += _waiting[end].RawBytes;
                end++;
            }

            var headers = new WireObject { [PersistHeaders.Seq] = _frames }.Build();
            if (!_socket.TryWriteEncoded(Frame(start, end, bytes), headers))
            {
                return false;
            }

            _frames++;
            start = end;
        }

        _waiting.Clear();
        _waitingBytes = 0;
        return true;
    }

    private ReadOnlyMemory<byte> Frame(int start, int end, int bytes)
    {
        var frame = new ArrayBufferWriter<byte>(MessagePackCodec.MaxListHeader + bytes);
        MessagePackCodec.WriteListHeader(end - start, frame);
        for (var i = start; i < end; i++)
        {
            frame.Write(_waiting[i].Bytes.Span);
        }

        return frame.WrittenMemory;
    }
}
