using System.Buffers;
using System.Runtime.CompilerServices;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>What has been received and not been looked at; without memory while there is nothing.</summary>
/// <param name="stream">Where it comes from; to read nothing from it waits until there is something.</param>
internal sealed class ReceiveBuffer(Stream stream)
{
    private const int Capacity = 16 * 1024;

    private byte[] _buffer = [];
    private int _start;
    private int _end;

    public int Length => _end - _start;

    public ReadOnlySpan<byte> Span => _buffer.AsSpan(_start, Length);

    /// <summary>Takes bytes that are there; valid until more is received.</summary>
    public Memory<byte> Take(int count)
    {
        var taken = _buffer.AsMemory(_start, count);
        _start += count;
        return taken;
    }

    /// <summary>Receives more. There must be room: less than <see cref="Capacity"/> is there.</summary>
    /// <returns>False if nothing comes any more.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start == _end)
        {
            GiveBack();
            await stream.ReadAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false);
            _buffer = ArrayPool<byte>.Shared.Rent(Capacity);
        }
        else if (_start > 0)
        {
            Span.CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        var count = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _end += count;
        return count > 0;
    }

    /// <summary>Forgets what is there.</summary>
    public void GiveBack()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            (_buffer, _start, _end) = ([], 0, 0);
        }
    }
}
