namespace ProjectSilo.Grains.Runtime.Streaming;

/// <summary>The consumer's end of one enumeration.</summary>
internal sealed class GrainEnumerator<T>(EmbeddedSilo silo, EnumerationCall<T> call) : IAsyncEnumerator<T>
{
    private bool _sent;
    private T _current = default!;

    public T Current => _current;

    public ValueTask<bool> MoveNextAsync()
    {
        if (!_sent)
        {
            _sent = true;
            call.ThrowIfConsumerCanceled();
            silo.Dispatch(call);
        }

        call.ThrowIfConsumerCanceled();
        return call.Items.TryRead(out _current!) ? new ValueTask<bool>(true) : WaitAsync();
    }

    /// <summary>Ends the enumeration and waits for its code in the grain to end, unless the consumer's token was cancelled: then nothing is waited for.</summary>
    public ValueTask DisposeAsync() => new(call.LeaveAsync());

    private async ValueTask<bool> WaitAsync()
    {
        while (await call.WaitForItemsAsync())
        {
            if (call.Items.TryRead(out _current!))
            {
                return true;
            }
        }

        return false;
    }
}
