using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>What the server tells (spec 07 §5.3): everything here is in turn.</summary>
public sealed partial class Dkv
{
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

            if (change.Before is { IsDelete: false } before && before.Raw.Span.SequenceEqual(row.Raw.Span))
            {
                // What this client wrote before: no conflict.
                return local;
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
}
