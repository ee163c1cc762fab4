namespace ProjectSilo.Gateways.Hub;

/// <summary>A place in a semaphore, given back when disposed.</summary>
internal sealed class SemaphoreSlot(SemaphoreSlim semaphore) : IDisposable
{
    private SemaphoreSlim? _semaphore = semaphore;

    public void Dispose() => Interlocked.Exchange(ref _semaphore, null)?.Release();
}
