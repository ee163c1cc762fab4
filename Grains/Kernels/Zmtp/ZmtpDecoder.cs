using System.Buffers;

namespace ProjectSilo.Grains.Kernels.Zmtp;

/// <summary>
/// Makes messages and commands of the bytes behind the greeting, in whatever pieces they come. No I/O: bytes are received into <see cref="GetMemory"/>, counted by <see cref="Advance"/>, and then
/// <see cref="Read"/> is called until it needs more.
/// </summary>
/// <remarks>
/// A message is collected in one buffer, which is lent from the pool while messages are small, grows as their frames tell their lengths, and is given back by <see cref="Release"/>.
/// <code>
///  0        _start            _scan            _end        _buffer.Length
///  | taken  | whole frames of | incomplete     | free       |
///  |        | this message    | frame          |            |
/// </code>
/// A message that is longer than allowed is read past, frame by frame, with nothing kept of it: closing the connection instead would lose what the kernel publishes until it is made again.
/// </remarks>
internal sealed class ZmtpDecoder(int maxMessageBytes)
{
    /// <summary>A message of more frames counts as too large: a frame costs memory even if it is empty.</summary>
    public const int MaxFrames = 65_536;

    private const int PooledBytes = 64 * 1024;
    private const int MaxCommandBytes = 16 * 1024;

    private byte[]? _buffer;
    private bool _isPooled;
    private int _start;
    private int _scan;
    private int _end;
    private int _frames;

    // Where the incomplete frame at _scan ends; 0 as long as its length isn't known.
    private int _frameEnd;

    // The command that was handed out last lies between _scan and here; 0: there is none.
    private int _commandEnd;

    // The frame of a too large message that is being passed, and how many bytes of it are still to come.
    private bool _isPassing;
    private ZmtpFrame _passedFrame;
    private long _toPass;

    /// <summary>The last command's body, valid until the next call.</summary>
    public ReadOnlyMemory<byte> Command { get; private set; }

    /// <summary>The last message; its bytes are its own.</summary>
    public ZmtpMessage Message { get; private set; }

    /// <summary>Where to receive to; never empty.</summary>
    public Memory<byte> GetMemory()
    {
        var wanted = Math.Max(_frameEnd, _end + 1);
        if (_buffer is null)
        {
            ChangeBuffer(PooledBytes);
        }
        else if (wanted - _start > _buffer.Length)
        {
            // By doubling at least, so that a message of many frames isn't copied for each of them.
            ChangeBuffer((int)Math.Max(wanted - _start + (long)PooledBytes, Math.Min(2L * _buffer.Length, maxMessageBytes)));
        }
        else if (wanted > _buffer.Length)
        {
            MoveDown();
        }

        return _buffer.AsMemory(_end);
    }

    /// <summary>So many bytes were received.</summary>
    public void Advance(int count) => _end += count;

    /// <summary>Gives the buffer back if nothing is in it.</summary>
    /// <returns>Whether there is no buffer now.</returns>
    public bool Release()
    {
        if (_start < _end)
        {
            return false;
        }

        GiveBack();
        return true;
    }

    /// <summary>Finds the next message or command.</summary>
    public ZmtpEvent Read()
    {
        DropCommand();
        while (true)
        {
            if (_isPassing && _toPass > 0)
            {
                Pass();
                if (_toPass > 0)
                {
                    return ZmtpEvent.NeedMoreData;
                }
            }

            if (_isPassing && !_passedFrame.HasMore)
            {
                _isPassing = false;
                return ZmtpEvent.TooLarge;
            }

            _frameEnd = 0;
            var status = ZmtpFrame.TryRead(_buffer.AsSpan(_scan, _end - _scan), out var frame);
            if (status != OperationStatus.Done)
            {
                return status == OperationStatus.NeedMoreData ? ZmtpEvent.NeedMoreData : ZmtpEvent.Invalid;
            }

            if (frame.IsCommand)
            {
                return ReadCommand(frame);
            }

            if (_isPassing || _frames == MaxFrames || frame.BodyLength > maxMessageBytes - frame.HeadLength - (_scan - _start))
            {
                _isPassing = true;
                _passedFrame = frame;
                _toPass = frame.HeadLength + Math.Min(frame.BodyLength, long.MaxValue - frame.HeadLength);
                _frames = 0;
                continue;
            }

            var end = _scan + frame.HeadLength + (int)frame.BodyLength;
            if (end > _end)
            {
                _frameEnd = end;
                return ZmtpEvent.NeedMoreData;
            }

            _scan = end;
            _frames++;
            if (!frame.HasMore)
            {
                Message = new ZmtpMessage(TakeMessage());
                return ZmtpEvent.Message;
            }
        }
    }

    private void Pass()
    {
        var count = (int)Math.Min(_toPass, _end - _scan);
        _toPass -= count;
        _scan += count;
        _start = _scan;
    }

    private ZmtpEvent ReadCommand(ZmtpFrame frame)
    {
        if (frame.BodyLength > MaxCommandBytes)
        {
            return ZmtpEvent.Invalid;
        }

        var body = _scan + frame.HeadLength;
        var end = body + (int)frame.BodyLength;
        if (end > _end)
        {
            _frameEnd = end;
            return ZmtpEvent.NeedMoreData;
        }

        Command = _buffer.AsMemory(body..end);
        _commandEnd = end;
        return ZmtpEvent.Command;
    }

    /// <summary>A heartbeat may come between two frames of a message, which must lie one behind the other.</summary>
    private void DropCommand()
    {
        if (_commandEnd == 0)
        {
            return;
        }

        if (_scan == _start)
        {
            _start = _scan = _commandEnd;
        }
        else
        {
            _buffer.AsSpan(_commandEnd.._end).CopyTo(_buffer.AsSpan(_scan));
            _end -= _commandEnd - _scan;
        }

        _commandEnd = 0;
        Command = default;
    }

    private ReadOnlyMemory<byte> TakeMessage()
    {
        ReadOnlyMemory<byte> message = _buffer.AsMemory(_start.._scan);
        _frames = 0;
        _start = _scan;
        if (_isPooled)
        {
            return message.ToArray();
        }

        if (message.Length < _buffer!.Length / 4 * 3)
        {
            message = message.ToArray();
        }

        // The large buffer is the message's now, or of no more use.
        ChangeBuffer(_end - _start + 1);
        return message;
    }

    /// <summary>Another buffer for at least <paramref name="length"/> bytes, with all from <see cref="_start"/> on.</summary>
    private void ChangeBuffer(int length)
    {
        var isPooled = length <= PooledBytes;
        var buffer = isPooled ? ArrayPool<byte>.Shared.Rent(PooledBytes) : GC.AllocateUninitializedArray<byte>(length);
        _buffer.AsSpan(_start.._end).CopyTo(buffer);
        var (scan, end) = (_scan - _start, _end - _start);
        GiveBack();
        (_buffer, _isPooled, _scan, _end) = (buffer, isPooled, scan, end);
    }

    /// <summary>What was taken makes room.</summary>
    private void MoveDown()
    {
        _buffer.AsSpan(_start.._end).CopyTo(_buffer);
        (_start, _scan, _end) = (0, _scan - _start, _end - _start);
    }

    private void GiveBack()
    {
        if (_isPooled)
        {
            ArrayPool<byte>.Shared.Return(_buffer!);
        }

        _buffer = null;
        _isPooled = false;
        (_start, _scan, _end) = (0, 0, 0);
    }
}
