using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Persist;

namespace ProjectSilo.Conat.Stores;

/// <summary>Keeps a store's entry in the inventory of its owner (spec 07 §9): soon after the first write, then not more often than every 90 seconds. Its failures are only logged.</summary>
/// <param name="client">The member of the bus.</param>
/// <param name="options">The store's.</param>
/// <param name="type">What kind of store it is.</param>
/// <param name="read">Asks the server what the store holds.</param>
/// <param name="closing">The store is closed.</param>
internal sealed class InventoryUpdate(
    ConatClient client, StoreOptions options, string type, Func<CancellationToken, Task<StreamInventory>> read, CancellationToken closing)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(90_000);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Guards the two below.</summary>
    private readonly Lock _gate = new();
    private bool _isPlanned;
    private long? _last;

    /// <summary>Something was written.</summary>
    public void Start()
    {
        TimeSpan delay;
        lock (_gate)
        {
            if (_isPlanned)
            {
                return;
            }

            _isPlanned = true;
            var left = _last is { } last ? Interval - client.Time.GetElapsedTime(last) : TimeSpan.Zero;
            delay = left > FirstDelay ? left : FirstDelay;
        }

        _ = Task.Run(() => RunAsync(delay), CancellationToken.None);
    }

    private async Task RunAsync(TimeSpan delay)
    {
        try
        {
            await Task.Delay(delay, client.Time, closing).ConfigureAwait(false);
            lock (_gate)
            {
                (_isPlanned, _last) = (false, client.Time.GetTimestamp());
            }

            using var limit = new CancellationTokenSource(Limit, client.Time);
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, closing);
            var inventory = await client.OpenInventoryAsync(options, ending.Token).ConfigureAwait(false);
            await using (inventory.ConfigureAwait(false))
            {
                inventory.Set(options.Name, type, await read(ending.Token).ConfigureAwait(false), options.Description);
                await inventory.SaveAsync(ending.Token).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is ConatException or OperationCanceledException)
        {
            if (!closing.IsCancellationRequested)
            {
                client.LogFailure($"the inventory's entry of '{options.Name}' can't be updated", exception);
            }
        }
    }
}
