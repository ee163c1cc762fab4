namespace ProjectSilo.Conat.Server.Persist.Engine;

/// <summary>Bounds the requests of one socket that are carried out at once, and their bytes. One reader enters; anybody leaves.</summary>
internal sealed class RequestRoom(int maxRequests, long maxBytes)
{
    /// <summary>Guards all below.</summary>
    private readonly Lock _gate = new();
    private int _requests;
    private long _bytes;
    private TaskCompletionSource? _waiting;

    /// <summary>Waits until there is room; the first always has it.</summary>
    public async ValueTask EnterAsync(int bytes, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task room;
            lock (_gate)
            {
                if (_requests == 0 || (_requests < maxRequests && _bytes + bytes <= maxBytes))
                {
                    _requests++;
                    _bytes += bytes;
                    return;
                }

                _waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                room = _waiting.Task;
            }

            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A request is answered.</summary>
    public void Leave(int bytes)
    {
        lock (_gate)
        {
            _requests--;
            _bytes -= bytes;
            _waiting?.TrySetResult();
        }
    }
}
