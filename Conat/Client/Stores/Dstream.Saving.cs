using ProjectSilo.Conat.Core;

namespace ProjectSilo.Conat.Stores;

/// <summary>Saving, and what the server tells (spec 07 §4).</summary>
public sealed partial class Dstream
{
    private async Task<SaveOutcome> AttemptAsync(CancellationToken cancellationToken)
    {
        if (_core.Failure is not null)
        {
            return SaveOutcome.Stop;
        }

        await _attempts.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var messages = Read(_ => _local.ToSave());
            var outcomes = await _core.PublishManyAsync(messages, cancellationToken).ConfigureAwait(false);
            var isComplete = true;
            await _core.InTurnAsync(() => isComplete = Take(messages, outcomes), cancellationToken).ConfigureAwait(false);
            return isComplete ? SaveOutcome.Done : SaveOutcome.Retry;
        }
        finally
        {
            _attempts.Release();
        }
    }

    /// <summary>The server has answered. In turn.</summary>
    /// <returns>Whether nothing has to be sent again.</returns>
    private bool Take(StreamPublish[] messages, IReadOnlyList<PublishOutcome> outcomes)
    {
        var isComplete = true;
        List<DstreamReject> rejects = [];
        var isStable = false;
        lock (_gate)
        {
            var wasEmpty = _local.IsEmpty;
            for (var i = 0; i < messages.Length; i++)
            {
                switch (outcomes[i])
                {
                    case { Stored: { } stored }:
                        _local.OnStored(messages[i], stored.Seq, _core.HasShown(stored.Seq), _core.Generation);
                        break;
                    case { Error.Code: "reject" }:
                        _local.Forget(messages[i].MessageId!);
                        rejects.Add(new DstreamReject(messages[i].Value!, outcomes[i].Error!.Message));
                        break;
                    default:
                        isComplete = false;
                        break;
                }
            }

            isStable = EndIfSaved(wasEmpty);
        }

        foreach (var reject in rejects)
        {
            _client.Raise(Rejected, reject);
        }

        if (isStable)
        {
            _client.Raise(Stable);
        }

        return isComplete;
    }

    /// <summary>The caller holds the lock.</summary>
    /// <returns>Whether everything is shown that wasn't.</returns>
    private bool EndIfSaved(bool wasEmpty)
    {
        if (_local.Unsaved == 0)
        {
            _saved?.TrySetResult();
            _saved = null;
        }

        return !wasEmpty && _local.IsEmpty;
    }

    /// <summary>In turn.</summary>
    private void OnRemoteChange(StreamChange change)
    {
        if (change.Message is not { } message)
        {
            return;
        }

        var isStable = false;
        lock (_gate)
        {
            var wasEmpty = _local.IsEmpty;
            _local.OnShown(message.Seq, change.MessageId);
            isStable = EndIfSaved(wasEmpty);
        }

        _client.Raise(Changed, message);
        if (isStable)
        {
            _client.Raise(Stable);
        }
    }

    /// <summary>In turn.</summary>
    private void OnResynced(long generation)
    {
        var isStable = false;
        lock (_gate)
        {
            var wasEmpty = _local.IsEmpty;
            _local.OnResynced(generation);
            isStable = EndIfSaved(wasEmpty);
        }

        if (isStable)
        {
            _client.Raise(Stable);
        }
    }

    /// <summary>Nothing is saved any more.</summary>
    private void EndWaiters(ConatException reason)
    {
        lock (_gate)
        {
            _saved?.TrySetException(reason);
            // Nobody may wait for it.
            _ = _saved?.Task.Exception;
            _saved = null;
        }
    }
}
