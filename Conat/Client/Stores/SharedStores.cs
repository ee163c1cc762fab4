namespace ProjectSilo.Conat.Stores;

/// <summary>
/// What of stores is open on a connection, so that whoever opens one again gets the same (spec 07 §4, §5.4): counted, and closed when the last one has closed it.
/// </summary>
internal sealed class SharedStores
{
    /// <summary>Guards the table and the counts in it.</summary>
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>How many are open.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>Opens something, or takes what is open.</summary>
    /// <typeparam name="T">What <paramref name="key"/> is the key of.</typeparam>
    /// <param name="key">Names it.</param>
    /// <param name="open">
    /// Opens it. The token is cancelled when nobody waits any more. What it is given is the release, which it has to call once for each time that it is closed; that returns
    /// whether it was the last.
    /// </param>
    /// <param name="cancellationToken">This caller gives up; others may wait on.</param>
    public async Task<T> OpenAsync<T>(string key, Func<Func<bool>, CancellationToken, Task<T>> open, CancellationToken cancellationToken)
        where T : class
    {
        Entry entry;
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out entry!) || (entry.Opened.IsCompletedSuccessfully && entry.Opened.Result is IStoreBody { IsEnded: true }))
            {
                entry = new Entry(key);
                var made = entry;
                made.Opened = Task.Run(async () => (object)await open(() => Release(made), made.GivenUp.Token).ConfigureAwait(false), CancellationToken.None);
                _entries[key] = made;
            }

            entry.Count++;
        }

        try
        {
            return (T)await entry.Opened.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            GiveUp(entry);
            throw;
        }
    }

    private void GiveUp(Entry entry)
    {
        lock (_gate)
        {
            if (entry.Opened.IsFaulted || entry.Opened.IsCanceled)
            {
                // Whoever comes next tries again.
                Forget(entry);
            }
        }

        if (!Release(entry))
        {
            return;
        }

        entry.GivenUp.Cancel();
        _ = CloseAsync(entry.Opened);
    }

    /// <summary>It may have been opened just before nobody wanted it any more.</summary>
    private static async Task CloseAsync(Task<object> opened)
    {
        try
        {
            if (await opened.ConfigureAwait(false) is IStoreBody body)
            {
                await body.EndAsync().ConfigureAwait(false);
            }
        }
        catch (Exception)
        {
            // It was never opened: whoever asked for it has been told why.
        }
    }

    /// <returns>Whether nobody has it any more.</returns>
    private bool Release(Entry entry)
    {
        lock (_gate)
        {
            if (entry.Count == 0 || --entry.Count > 0)
            {
                return false;
            }

            Forget(entry);
            return true;
        }
    }

    /// <summary>The caller holds the lock.</summary>
    private void Forget(Entry entry)
    {
        if (_entries.TryGetValue(entry.Key, out var found) && ReferenceEquals(found, entry))
        {
            _entries.Remove(entry.Key);
        }
    }

    private sealed class Entry(string key)
    {
        public string Key => key;

        public int Count { get; set; }

        public Task<object> Opened { get; set; } = null!;

        /// <summary>Cancelled when nobody waits for the opening any more.</summary>
        public CancellationTokenSource GivenUp { get; } = new();
    }
}
