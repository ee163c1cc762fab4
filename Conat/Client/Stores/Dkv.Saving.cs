using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>Saving, and what the server tells (spec 07 §5.2, §5.3).</summary>
public sealed partial class Dkv
{
    /// <summary>How long the server may take to tell of what it has stored before a save without autosave ends.</summary>
    private static readonly TimeSpan EchoTimeout = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Saves. With autosave it waits until nothing is unsaved, for as long as it takes; without it is one attempt: changes that have been overtaken, or had no answer in time, stay
    /// unsaved.
    /// </summary>
    /// <exception cref="ConatException">Without autosave: <c>there were errors saving dkv '&lt;name&gt;'</c>; <c>closed</c>; refused (403, 429).</exception>
    public async Task SaveAsync(CancellationToken cancellationToken = default)
    {
        if (_options.NoAutosave)
        {
            await SaveOnceAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        Task? saved;
        lock (_gate)
        {
            ThrowIfClosed();
            saved = _saved?.Task;
        }

        if (saved is not null)
        {
            _saving.Start();
            await saved.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void Save(bool isWrite)
    {
        if (!_options.NoAutosave)
        {
            _saving.Start();
        }

        if (isWrite)
        {
            _inventory?.Start();
        }
    }

    private async Task SaveOnceAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            ThrowIfClosed();
        }

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        await _attempts.WaitAsync(ending.Token).ConfigureAwait(false);
        bool isComplete;
        try
        {
            isComplete = await SaveAllAsync(ending.Token).ConfigureAwait(false) is not AttemptResult.Failed;
        }
        finally
        {
            _attempts.Release();
        }

        if (!isComplete)
        {
            throw new ConatException($"there were errors saving dkv '{Name}'");
        }

        Task? echoed;
        lock (_gate)
        {
            echoed = _local.ToSave().Count == 0 ? _saved?.Task : null;
        }

        if (echoed is not null)
        {
            await Waiting.UntilAsync(echoed, EchoTimeout, _client.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<SaveOutcome> AttemptAsync(CancellationToken cancellationToken)
    {
        if (_core.Failure is not null)
        {
            return SaveOutcome.Stop;
        }

        await _attempts.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await SaveAllAsync(cancellationToken).ConfigureAwait(false) == AttemptResult.Complete ? SaveOutcome.Done : SaveOutcome.Retry;
        }
        finally
        {
            _attempts.Release();
        }
    }

    /// <summary>One attempt to save what the server has not got.</summary>
    private async Task<AttemptResult> SaveAllAsync(CancellationToken cancellationToken)
    {
        List<DkvLocalChange> deletes = [];
        List<(DkvLocalChange Change, StreamPublish Message)> sets = [];
        var result = AttemptResult.Complete;

        // In turn: what is sent was merged with all that the stream shows.
        await _core.InTurnAsync(
            () =>
            {
                lock (_gate)
                {
                    result = Collect(deletes, sets) ? AttemptResult.Later : AttemptResult.Complete;
                }
            },
            cancellationToken).ConfigureAwait(false);
        try
        {
            foreach (var change in deletes)
            {
                var stored = await _core.DeleteKeyAsync(change.Key, null, cancellationToken).ConfigureAwait(false);
                await TakeAsync(changes => OnDeleted(change, stored, changes), cancellationToken).ConfigureAwait(false);
            }

            return sets.Count == 0 ? result : Worse(result, await PublishAsync(sets, cancellationToken).ConfigureAwait(false));
        }
        catch (ConatException exception) when (exception.Code == "408")
        {
            return AttemptResult.Later;
        }
    }

    private async Task<AttemptResult> PublishAsync(List<(DkvLocalChange Change, StreamPublish Message)> sets, CancellationToken cancellationToken)
    {
        var result = AttemptResult.Complete;
        var outcomes = await _core.PublishManyAsync([.. sets.Select(set => set.Message)], cancellationToken).ConfigureAwait(false);
        await TakeAsync(
            events =>
            {
                for (var i = 0; i < outcomes.Count; i++)
                {
                    result = Worse(result, OnAnswer(sets[i].Change, sets[i].Message, outcomes[i], events));
                }
            },
            cancellationToken).ConfigureAwait(false);
        return result;
    }

    private static AttemptResult Worse(AttemptResult one, AttemptResult other) => one > other ? one : other;

    /// <summary>The caller holds the lock.</summary>
    /// <returns>Whether something has to wait for what the server tells.</returns>
    private bool Collect(List<DkvLocalChange> deletes, List<(DkvLocalChange Change, StreamPublish Message)> sets)
    {
        var isOvertaken = false;
        foreach (var change in _local.ToSave())
        {
            if (change.IsDelete)
            {
                deletes.Add(change);
                continue;
            }

            long? previousSeq = _options.Merge is not null && _core.TryGetKey(change.Key, out var row) ? row.Seq : null;
            if (previousSeq is not null && previousSeq == change.StaleSeq)
            {
                isOvertaken = true;
                continue;
            }

            sets.Add((change, new StreamPublish(change.Value) { Key = change.Key, Headers = change.Headers, PreviousSeq = previousSeq, Raw = change.Raw }));
        }

        return isOvertaken;
    }

    /// <summary>Changes the state by what the server has answered, and tells of it; in turn with what comes by the stream.</summary>
    private Task TakeAsync(Action<List<Action>> take, CancellationToken cancellationToken) => _core.InTurnAsync(
        () =>
        {
            List<Action> events = [];
            lock (_gate)
            {
                take(events);
            }

            Run(events);
        },
        cancellationToken);

    private static void Run(List<Action> events)
    {
        foreach (var raise in events)
        {
            raise();
        }
    }

    /// <summary>The caller holds the lock.</summary>
    private void OnDeleted(DkvLocalChange change, SetResult? stored, List<Action> events)
    {
        var before = _local.Unsaved;
        if (stored is { } at)
        {
            _local.OnStored(change, at.Seq, _core.NewestSeq(change.Key), _core.Generation);
        }
        else
        {
            _local.Forget(change);
        }

        EndIfStable(before, events);
    }

    /// <summary>The caller holds the lock.</summary>
    private AttemptResult OnAnswer(DkvLocalChange change, StreamPublish message, PublishOutcome outcome, List<Action> events)
    {
        var before = _local.Unsaved;
        var result = AttemptResult.Complete;
        switch (outcome)
        {
            case { Stored: { } stored }:
                _local.OnStored(change, stored.Seq, _core.NewestSeq(change.Key), _core.Generation);
                break;
            case { Error.Code: "reject" }:
                _local.Forget(change);
                var reject = new DkvReject(change.Key, change.Value!, outcome.Error.Message);
                events.Add(() => _client.Raise(Rejected, reject));
                result = AttemptResult.Failed;
                break;
            case { Error.Code: "wrong-last-sequence" }:
                change.StaleSeq = message.PreviousSeq ?? 0;
                result = AttemptResult.Later;
                break;
            case { Error.Code: "408" }:
                result = AttemptResult.Later;
                break;
            default:
                result = AttemptResult.Failed;
                break;
        }

        EndIfStable(before, events);
        return result;
    }

    /// <summary>A key was changed on the server, by whomever. In turn.</summary>
    private void OnRemoteChange(StreamChange change)
    {
        if (change.Key is not { } key)
        {
            return;
        }

        List<Action> events = [];
        var value = change.Message is { } row ? OnRemoteRow(key, row, change.Previous, events) : OnEvicted(key);
        Run(events);
        _client.Raise(Changed, new DkvChange(key, value, change.Previous));
    }

    /// <summary>A limit has thrown the key out: nobody has decided on its value.</summary>
    private WireValue? OnEvicted(string key)
    {
        lock (_gate)
        {
            return _local.TryGet(key, out var change) ? change.Value : null;
        }
    }

    /// <returns>The key's value now.</returns>
    private WireValue OnRemoteRow(string key, StreamMessage row, WireValue? previous, List<Action> events)
    {
        var remote = row.IsTombstone ? WireValue.Null : row.Value;
        while (true)
        {
            DkvLocalChange? change;
            lock (_gate)
            {
                if (!_local.TryGet(key, out change))
                {
                    return remote;
                }

                if (IsConfirmedBy(change, row))
                {
                    Forget(change, events);
                    return remote;
                }
            }

            if (change.Value is not { } local)
            {
                return remote;
            }

            // Not under the lock: it is the application's.
            if (Merged(new DkvConflict(key, local, remote, previous)) is not { } merged)
            {
                return local;
            }

            var raw = ConatPayload.Encode(merged);
            lock (_gate)
            {
                if (!_local.Has(change))
                {
                    // It was changed meanwhile.
                    continue;
                }

                if (merged.DeepEquals(remote))
                {
                    Forget(change, events);
                }
                else
                {
                    _local.Set(key, merged, raw, change.Headers);
                }
            }

            Save(isWrite: false);
            _saving.Hurry();
            return merged;
        }
    }

    /// <summary>Whether the stream's row is the change, or one that the server has put in its place.</summary>
    private static bool IsConfirmedBy(DkvLocalChange change, StreamMessage row) =>
        change.StoredSeq > 0 ? row.Seq >= change.StoredSeq
        : change.Value is { } value && !row.IsTombstone && (row.Raw.Span.SequenceEqual(change.Raw.Span) || value.DeepEquals(row.Value));

    /// <returns>Null for the local value.</returns>
    private WireValue? Merged(DkvConflict conflict)
    {
        if (_options.Merge is not { } merge)
        {
            return null;
        }

        try
        {
            return merge(conflict) is { } merged and not WireValue.Nothing ? merged : null;
        }
        catch (Exception exception)
        {
            // The application's; the local value wins then.
            _client.LogFailure($"the merge function of dkv '{Name}' has failed", exception);
            return null;
        }
    }

    /// <summary>The stream was compared with the server's: it shows all that had been stored before. In turn.</summary>
    private void OnResynced(long generation)
    {
        List<Action> events = [];
        lock (_gate)
        {
            var before = _local.Unsaved;
            _local.OnResynced(generation);
            EndIfStable(before, events);
        }

        Run(events);
    }

    /// <summary>The caller holds the lock.</summary>
    private void Forget(DkvLocalChange change, List<Action> events)
    {
        var before = _local.Unsaved;
        _local.Forget(change);
        EndIfStable(before, events);
    }

    /// <summary>The caller holds the lock.</summary>
    private void EndIfStable(int unsavedBefore, List<Action> events)
    {
        if (_local.Unsaved > 0)
        {
            return;
        }

        _saved?.TrySetResult();
        _saved = null;
        if (unsavedBefore > 0)
        {
            events.Add(() => _client.Raise(Stable));
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

    /// <summary>How an attempt ended; the worse one counts.</summary>
    private enum AttemptResult
    {
        /// <summary>The server has all.</summary>
        Complete = 0,

        /// <summary>Something has to be sent again, which is no error.</summary>
        Later,

        /// <summary>A limit, or another error.</summary>
        Failed,
    }
}
