using System.Buffers;

namespace ProjectSilo.Gateways.Hub;

/// <summary>
/// The blobs that requests of one connection wait for, by uuid (spec 02 §6). A wait is registered before the next frame is looked at, since the blob follows back to
/// back; one that comes unannounced is lost. Bounded by the requests in flight, each wait in time.
/// </summary>
internal sealed class HubBlobTable(TimeSpan timeout, TimeProvider time)
{
    /// <summary>Guards <see cref="_waiting"/>.</summary>
    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<TaskCompletionSource<ReadOnlyMemory<byte>>>> _waiting = new(StringComparer.Ordinal);

    /// <summary>Begins to wait.</summary>
    /// <exception cref="TimeoutException">In the task: it did not come in time.</exception>
    public async Task<ReadOnlyMemory<byte>> Wait(string uuid, CancellationToken cancellationToken)
    {
        var blob = new TaskCompletionSource<ReadOnlyMemory<byte>>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (!_waiting.TryGetValue(uuid, out var others))
            {
                _waiting[uuid] = others = [];
            }

            others.Add(blob);
        }

        try
        {
            return await blob.Task.WaitAsync(timeout, time, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
            {
                if (_waiting.TryGetValue(uuid, out var others) && others.Remove(blob) && others.Count == 0)
                {
                    _waiting.Remove(uuid);
                }
            }
        }
    }

    /// <summary>Gives a blob to all who wait for it.</summary>
    public void Deliver(string uuid, in ReadOnlySequence<byte> content)
    {
        List<TaskCompletionSource<ReadOnlyMemory<byte>>>? waiting;
        lock (_lock)
        {
            _waiting.Remove(uuid, out waiting);
        }

        if (waiting is not null)
        {
            // The buffer belongs to the connection, and the writing takes longer than this frame.
            var copy = content.ToArray();
            waiting.ForEach(blob => blob.TrySetResult(copy));
        }
    }
}
