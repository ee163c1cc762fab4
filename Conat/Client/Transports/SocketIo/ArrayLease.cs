using ProjectSilo.Conat.Core;

namespace ProjectSilo.Conat.Transports.SocketIo;

/// <summary>Gives an array back once.</summary>
internal sealed class ArrayLease(byte[] array) : IDisposable
{
    private byte[]? _array = array;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _array, null) is { } array)
        {
            PayloadArrays.Return(array);
        }
    }
}
