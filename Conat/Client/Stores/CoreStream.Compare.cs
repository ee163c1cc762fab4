using ProjectSilo.Conat.Core;

namespace ProjectSilo.Conat.Stores;

/// <summary>Making the rows those of the server, at the beginning and after each interruption (spec 07 §2, §3.2).</summary>
public sealed partial class CoreStream
{
    private async Task CompareUntilDoneAsync(bool isEverything)
    {
        var backoff = new StoreBackoff(1500, 1.5, 30_000);
        while (true)
        {
            try
            {
                await CompareAsync(isEverything, _closing.Token).ConfigureAwait(false);
                return;
            }
            catch (ConatException exception) when (!Persist().IsEnded)
            {
                _client.LogFailure($"the stream '{Name}' can't be compared with the server's now", exception);
                await Task.Delay(backoff.Next(), _client.Time, _closing.Token).ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// Makes the rows those of the server, and tells what that changes: rows that were deleted while there was no connection are told by nobody else. What the feed has brought
    /// and isn't taken yet comes after; rows that it brings again change nothing.
    /// </summary>
    /// <param name="isEverything">Whether to fetch all rows even if their number is right.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private async Task CompareAsync(bool isEverything, CancellationToken cancellationToken)
    {
        long generation;
        long startSeq;
        lock (_gate)
        {
            generation = ++_generation;
            startSeq = _startSeq;
        }

        var persist = Persist();
        if (!isEverything && startSeq == 0)
        {
            // All new rows of the gap are here: if there are as many, none has gone.
            var inventory = await persist.InventoryAsync(cancellationToken).ConfigureAwait(false);
            isEverything = !Read(rows => rows.Count == inventory.Count && rows.LastSeq == inventory.Seq);
        }

        List<StreamMessage>? rows = null;
        if (isEverything || startSeq > 0)
        {
            rows = [];
            await foreach (var row in persist.GetAllAsync(startSeq, null, LoadTimeout, cancellationToken).ConfigureAwait(false))
            {
                rows.Add(row);
            }
        }

        await InTurnAsync(() => Take(rows, startSeq, generation), cancellationToken).ConfigureAwait(false);
    }

    /// <param name="rows">The server's from <paramref name="startSeq"/> on; null if those that are held are right.</param>
    /// <param name="startSeq">Rows before it are not looked at.</param>
    /// <param name="generation">The comparison's number.</param>
    private void Take(List<StreamMessage>? rows, long startSeq, long generation)
    {
        List<StreamChange> changes = [];
        lock (_gate)
        {
            if (rows is not null)
            {
                _rows.Replace(rows, startSeq, changes);
                _toldSeq = _rows.LastSeq;
            }

            _feed?.Seed(_rows.LastSeq, _rows.Count > 0 ? _rows[_rows.Count - 1].Time : null, isAnew: rows is not null);
        }

        // The first load tells nobody: nobody has the stream yet.
        if (_isOpen)
        {
            Tell(changes);
            Resynced?.Invoke(generation);
        }
    }
}
