using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Persist;

namespace ProjectSilo.Conat.Stores;

/// <summary>Opening, following the feed, and making up for interruptions (spec 07 §3.2, §3.4).</summary>
public sealed partial class CoreStream
{
    /// <summary>The server's limit of a silence while rows are loaded.</summary>
    private static readonly TimeSpan LoadTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Opens it, for as long as it takes.</summary>
    /// <exception cref="ConatException">Refused (403, 429).</exception>
    internal async Task OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ConnectAsync(cancellationToken).ConfigureAwait(false);
            await ConfigureAsync(_options.Config ?? StreamConfigurationChange.None, cancellationToken).ConfigureAwait(false);
            _isOpen = true;
            _running = Task.Run(RunAsync, CancellationToken.None);
        }
        catch
        {
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Does something that has to be in order with the changes: they wait meanwhile.</summary>
    internal async Task InTurnAsync(Action act, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            act();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Whether trying again is of no use: not permitted, or too many streams are open.</summary>
    private static bool IsFatal(ConatException exception) => exception.Code is "403" or "429";

    /// <summary>Gets a connection, a feed, and the rows; again and again until that works.</summary>
    /// <exception cref="ConatException">Refused.</exception>
    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        var backoff = new StoreBackoff(1500, 1.5, 30_000);
        var isFed = false;
        while (true)
        {
            try
            {
                if (_persist is null || _persist.IsEnded)
                {
                    isFed = false;
                    await AcquireAsync(cancellationToken).ConfigureAwait(false);
                }

                if (!isFed)
                {
                    await _persist!.StartFeedAsync(_feed!, cancellationToken).ConfigureAwait(false);
                    isFed = true;
                }

                await CompareAsync(isEverything: true, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (ConatException exception) when (!IsFatal(exception) && _client.State != ConatState.Closed)
            {
                _client.LogFailure($"the stream '{Name}' can't be opened now", exception);
                await Task.Delay(backoff.Next(), _client.Time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Takes a connection that has not ended, and a feed of it.</summary>
    private async Task AcquireAsync(CancellationToken cancellationToken)
    {
        await ReleaseAsync().ConfigureAwait(false);
        var persist = await _client.OpenPersistAsync(_options, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            _persist = persist;
        }

        var feed = persist.OpenFeed();
        lock (_gate)
        {
            _feed = feed;
        }
    }

    private async ValueTask ReleaseAsync()
    {
        PersistClient? persist;
        PersistFeed? feed;
        lock (_gate)
        {
            (persist, feed, _persist, _feed) = (_persist, _feed, null, null);
        }

        feed?.Dispose();
        if (persist is not null)
        {
            await persist.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Sets limits; tries until that works.</summary>
    private async Task ConfigureAsync(StreamConfigurationChange config, CancellationToken cancellationToken)
    {
        var backoff = new StoreBackoff(750, 1.3, 15_000);
        while (true)
        {
            try
            {
                await Persist().ConfigAsync(config, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (ConatException exception) when (!IsFatal(exception) && _client.State != ConatState.Closed)
            {
                _client.LogFailure($"the stream '{Name}' can't be configured now", exception);
                await Task.Delay(backoff.Next(), _client.Time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Follows the feed until the stream is closed, or refused.</summary>
    private async Task RunAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(_feed!).ConfigureAwait(false);
                if (!_closing.IsCancellationRequested)
                {
                    await ReleaseAsync().ConfigureAwait(false);
                    await ConnectAsync(_closing.Token).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (_closing.IsCancellationRequested)
            {
                return;
            }
            catch (ConatException exception) when (!_closing.IsCancellationRequested)
            {
                // Refused, or the client is closed.
                Fail(exception);
                return;
            }
        }
    }

    private void Fail(ConatException exception)
    {
        lock (_gate)
        {
            _failure = exception;
        }

        _client.LogFailure($"the stream '{Name}' is lost", exception);
        Failed?.Invoke(exception);
    }

    /// <summary>Reads a feed to its end.</summary>
    private async Task FollowAsync(PersistFeed feed)
    {
        try
        {
            while (await feed.ReadAsync(_closing.Token).ConfigureAwait(false) is { } item)
            {
                if (item.Resumed is { } resumed)
                {
                    await CompareUntilDoneAsync(resumed == FeedResumption.Unknown).ConfigureAwait(false);
                }
                else
                {
                    await ApplyAsync(item).ConfigureAwait(false);
                }
            }
        }
        catch (ConatException exception)
        {
            // The server has refused the stream, which a new connection finds out; or it came faster than it was read.
            _client.LogFailure($"the feed of the stream '{Name}' has ended", exception);
        }
    }

    private Task ApplyAsync(FeedItem item) => InTurnAsync(
        () =>
        {
            List<StreamChange> changes = [];
            lock (_gate)
            {
                Apply(item, changes);
            }

            Tell(changes);
        },
        _closing.Token);

    /// <summary>The caller holds the lock.</summary>
    private void Apply(FeedItem item, List<StreamChange> changes)
    {
        if (item.Message is { } message)
        {
            if (_rows.Add(message, item.MessageId) is { } change)
            {
                changes.Add(change);
            }

            return;
        }

        foreach (var seq in item.Deleted)
        {
            if (_rows.Remove(seq) is { } change)
            {
                changes.Add(change);
            }
        }
    }

    /// <summary>In turn, and not under the lock.</summary>
    private void Tell(List<StreamChange> changes)
    {
        foreach (var change in changes)
        {
            Observer?.Invoke(change);
            _client.Raise(Changed, change);
        }
    }

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

    /// <summary>Has rows expire by their <c>ttl</c>, which tombstones need (spec 07 §5.1); tries until that works.</summary>
    /// <exception cref="ConatException">Refused.</exception>
    internal Task AllowTimeToLiveAsync(CancellationToken cancellationToken) => ConfigureAsync(new StreamConfigurationChange { AllowMsgTtl = true }, cancellationToken);
}
