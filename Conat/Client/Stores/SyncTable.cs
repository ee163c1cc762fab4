using System.Collections.Immutable;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>
/// The rows of a named table (spec 07 §12): in a dkv if it is atomic, else in a dko, and patches in a stream. Opened by <see cref="ConatClient.OpenSyncTableAsync"/>. Thread-safe;
/// events as of <see cref="Dkv"/>.
/// </summary>
public abstract class SyncTable : IAsyncDisposable
{
    private protected SyncTable(ConatClient client, SyncTableOptions options)
    {
        (Client, Table) = (client, options.Table);
        PrimaryKeys = options.PrimaryKeys.IsDefault ? SyncTableNames.PrimaryKeys(options.Table) : options.PrimaryKeys;
    }

    /// <summary>Happens after each change of a row that the server tells.</summary>
    public event Action<SyncTableChange>? Changed;

    /// <summary>The table.</summary>
    public string Table { get; }

    /// <summary>The fields whose values are a row's key.</summary>
    public ImmutableArray<string> PrimaryKeys { get; }

    /// <summary>Whether something was changed here that isn't saved.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public abstract bool HasUnsavedChanges { get; }

    private protected ConatClient Client { get; }

    /// <summary>All rows by their keys.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public abstract IReadOnlyDictionary<string, WireValue.Members> Get();

    /// <summary>The row with a key; null if there is none.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public abstract WireValue.Members? Get(string key);

    /// <summary>The row with the primary keys of <paramref name="row"/>; null if there is none.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public WireValue.Members? Get(WireValue.Members row) => Get(RowKey(row));

    /// <summary>Some row; null if there is none.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public WireValue.Members? GetOne() => Get().Values.FirstOrDefault();

    /// <summary>Sets a row, all of it: fields that <paramref name="row"/> has not are not the row's any more.</summary>
    /// <exception cref="ConatException">As of <see cref="Dkv.Set"/>.</exception>
    public abstract void Set(WireValue.Members row);

    /// <summary>Deletes the row with a key.</summary>
    /// <exception cref="ConatException">As of <see cref="Dkv.Delete"/>; patches can't be deleted.</exception>
    public abstract void Delete(string key);

    /// <summary>Deletes the row with the primary keys of <paramref name="row"/>.</summary>
    /// <exception cref="ConatException">As of <see cref="Delete(string)"/>.</exception>
    public void Delete(WireValue.Members row) => Delete(RowKey(row));

    /// <inheritdoc cref="Dkv.SaveAsync"/>
    public abstract Task SaveAsync(CancellationToken cancellationToken = default);

    /// <summary>Closes it. What is unsaved is lost.</summary>
    public abstract ValueTask DisposeAsync();

    /// <summary>Waits until a condition holds, which is looked at now and after each change.</summary>
    /// <param name="condition">Must be quick.</param>
    /// <param name="timeout">Null is 30 seconds.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ConatException"><c>timeout</c> (408); what the condition throws.</exception>
    public async Task WaitAsync(Func<SyncTable, bool> condition, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(condition);
        var holds = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Changed += Look;
        try
        {
            Look(null);
            await holds.Task.WaitAsync(timeout ?? TimeSpan.FromSeconds(30), Client.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new ConatException("timeout", 408);
        }
        finally
        {
            Changed -= Look;
        }

        void Look(SyncTableChange? change)
        {
            try
            {
                if (condition(this))
                {
                    holds.TrySetResult();
                }
            }
            catch (Exception exception)
            {
                // The caller's: it gets it.
                holds.TrySetException(exception);
            }
        }
    }

    /// <summary>The key of a row.</summary>
    public virtual string RowKey(WireValue.Members row) => SyncTableNames.RowKey(PrimaryKeys, row);

    private protected void Tell(SyncTableChange change) => Client.Raise(Changed, change);
}
