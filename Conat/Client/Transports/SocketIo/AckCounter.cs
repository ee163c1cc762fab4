namespace ProjectSilo.Conat.Transports.SocketIo;

/// <summary>0, 1, 2, …</summary>
internal sealed class AckCounter
{
    private long _next = -1;

    public long Next() => Interlocked.Increment(ref _next);
}
