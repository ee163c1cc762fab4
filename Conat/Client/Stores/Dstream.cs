using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>
/// A list that everybody appends to (spec 07 §4). What is published is seen here at once, after all that the server has told, and saved in the background; it gets its place when
/// the server stores it. Opened by <see cref="ConatClient.OpenDstreamAsync"/>; who opens the same one of one client again gets the same object, and each closes it. Thread-safe.
/// </summary>
/// <remarks>
/// Events are raised one after the other by the stream's own loop, never under a lock; a handler must be quick, may publish, and must not block on the stream. At most
/// <see cref="StoreOptions.MaxUnsavedChanges"/> messages or <see cref="StoreOptions.MaxUnsavedBytes"/> wait to be saved.
/// </remarks>
public sealed class Dstream : IStoreBody, IAsyncDisposable
{
    private readonly ConatClient _client;
    private readonly StreamOptions _options;
    private readonly CoreStream _core;
    private readonly Func<bool>? _release;
    private readonly CancellationTokenSource _closing = new();
    private readonly SaveLoop _saving;
    private readonly InventoryUpdate? _inventory;

    /// <summary>One attempt to save at a time.</summary>
    private readonly SemaphoreSlim _attempts = new(1);

    /// <summary>Guards all below. Whoever holds it may look into the stream, never the other way round.</summary>
    private readonly Lock _gate = new();
    private readonly DstreamLocal _local;
    private TaskCompletionSource? _saved;

    internal Dstream(ConatClient client, StreamOptions options, Func<bool>? release)
    {
        (_client, _options, _release) = (client, options, release);
        _core = new CoreStream(client, options) { Observer = OnRemoteChange, Resynced = OnResynced, Failed = EndWaiters };
        _local = new DstreamLocal(options.MaxUnsavedChanges, options.MaxUnsavedBytes);
        _saving = new SaveLoop(AttemptAsync, client.Time, client.LogFailure, _closing.Token);
        _inventory = options.NoInventory ? null : new InventoryUpdate(client, options, StoreInventory.Stream, InventoryAsync, _closing.Token);
    }

    /// <summary>Happens after each message that the server tells, this client's included; not for deletes.</summary>
    public event Action<StreamMessage>? Changed;

    /// <summary>Happens when a limit refuses a message, which is forgotten.</summary>
    public event Action<DstreamReject>? Rejected;

    /// <summary>Happens whenever the server has told of all that was published here.</summary>
    public event Action? Stable;

    /// <summary>The stream's name.</summary>
    public string Name => _options.Name;

    /// <inheritdoc />
    public bool IsEnded => _closing.IsCancellationRequested;

    /// <summary>Why the server refuses the stream; null while it doesn't.</summary>
    public ConatException? Failure => _core.Failure;

    /// <summary>How many messages there are, the unsaved ones too.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public int Count => Read(rows => rows.Count + _local.Stored + _local.Unsaved);

    /// <summary>Whether the server has not stored all that was published here.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public bool HasUnsavedChanges => Read(_ => _local.Unsaved > 0);

    internal CoreStream Core => _core;

    /// <summary>The message at a position, from 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public WireValue this[int index] => Read(rows => index < rows.Count ? rows[index].Value : _local.StoredValues().Concat(_local.UnsavedValues()).ElementAt(index - rows.Count));

    /// <summary>All messages: those that the server has told of in its order, then those of this client.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public IReadOnlyList<WireValue> GetAll() => Read(rows => (List<WireValue>)[.. rows.ToArray().Select(row => row.Value), .. _local.StoredValues(), .. _local.UnsavedValues()]);

    /// <summary>The rows that the server has told of, with numbers, times and headers.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public IReadOnlyList<StreamMessage> GetRows() => Read(rows => rows.ToArray());

    /// <summary>The number of the message at a position; null if the server has not told of it.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public long? Seq(int index) => Row(index)?.Seq;

    /// <summary>When the server stored the message at a position; null if it has not told of it.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public DateTimeOffset? Time(int index) => Row(index)?.Time;

    /// <summary>The headers of the message at a position; null if the server has not told of it, or it has none.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public WireValue.Members? Headers(int index) => Row(index)?.Headers;

    /// <summary>The messages that the server has not stored, in order.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    public IReadOnlyList<WireValue> UnsavedChanges() => Read(_ => _local.UnsavedValues().ToArray());

    /// <summary>Appends a message.</summary>
    /// <param name="value">The message.</param>
    /// <param name="headers">Stored with it.</param>
    /// <param name="timeToLive">As <see cref="StreamPublish.TimeToLive"/>.</param>
    /// <exception cref="ConatException">Nested too deep; too much is unsaved (429); <c>closed</c>; refused (403, 429).</exception>
    public void Publish(WireValue value, WireValue.Members? headers = null, TimeSpan? timeToLive = null)
    {
        ArgumentNullException.ThrowIfNull(value);
        Add([new StreamPublish(value) { Headers = headers, TimeToLive = timeToLive, MessageId = ConatId.New(), Raw = ConatPayload.Encode(value) }]);
    }

    /// <summary>Appends messages, in one request if possible.</summary>
    /// <exception cref="ConatException">As of <see cref="Publish"/>; what came before is published.</exception>
    public void Push(params ReadOnlySpan<WireValue> values)
    {
        var messages = new StreamPublish[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            messages[i] = new StreamPublish(values[i]) { MessageId = ConatId.New(), Raw = ConatPayload.Encode(values[i]) };
        }

        Add(messages);
    }

    /// <summary>
    /// Saves. With autosave it waits until all is stored, for as long as it takes; without it is one attempt: messages that had no answer stay unsaved.
    /// </summary>
    /// <exception cref="ConatException"><c>closed</c>; refused (403, 429); without autosave also what keeps it from being saved now.</exception>
    public async Task SaveAsync(CancellationToken cancellationToken = default)
    {
        var saved = Read(_ => _saved?.Task);
        if (saved is null)
        {
            return;
        }

        if (_options.NoAutosave)
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
            await AttemptAsync(ending.Token).ConfigureAwait(false);
            return;
        }

        _saving.Start();
        await saved.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Loads messages before those that are held.</summary>
    /// <inheritdoc cref="CoreStream.LoadAsync"/>
    public Task LoadAsync(long startSeq, bool isSilent = false, CancellationToken cancellationToken = default) => _core.LoadAsync(startSeq, isSilent, cancellationToken);

    /// <summary>Saves, and deletes messages.</summary>
    /// <inheritdoc cref="CoreStream.DeleteAsync"/>
    public async Task<IReadOnlyList<long>> DeleteAsync(StreamDeletion deletion, CancellationToken cancellationToken = default)
    {
        await SaveAsync(cancellationToken).ConfigureAwait(false);
        return await _core.DeleteAsync(deletion, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sets limits, and enforces all; null only reads.</summary>
    /// <exception cref="ConatException">As of <see cref="PersistClient.ConfigAsync"/>.</exception>
    public Task<StreamConfiguration> ConfigAsync(StreamConfigurationChange? config = null, CancellationToken cancellationToken = default) =>
        _core.ConfigAsync(config, cancellationToken);

    /// <summary>What the server holds.</summary>
    /// <exception cref="ConatException">As of <see cref="PersistClient.InventoryAsync"/>.</exception>
    public Task<StreamInventory> InventoryAsync(CancellationToken cancellationToken = default) => _core.InventoryAsync(cancellationToken);

    /// <summary>Closes it, if nobody else has it open. What is unsaved is lost: <see cref="SaveAsync"/> before saves it.</summary>
    public ValueTask DisposeAsync() => _release is null || _release() ? EndAsync() : ValueTask.CompletedTask;

    /// <inheritdoc />
    public ValueTask EndAsync()
    {
        _closing.Cancel();
        EndWaiters(new ConatException("closed"));
        return _core.DisposeAsync();
    }

    internal Task OpenAsync(CancellationToken cancellationToken) => _core.OpenAsync(cancellationToken);

    private T Read<T>(Func<StreamRows, T> read)
    {
        lock (_gate)
        {
            return _core.Read(read);
        }
    }

    private StreamMessage? Row(int index) => Read(rows => index >= 0 && index < rows.Count ? rows[index] : null);

    private void Add(ReadOnlySpan<StreamPublish> messages)
    {
        if (_core.Failure is { } failure)
        {
            throw failure;
        }

        lock (_gate)
        {
            if (_closing.IsCancellationRequested)
            {
                throw new ConatException("closed");
            }

            foreach (var message in messages)
            {
                _local.Add(message);
                _saved ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        if (!_options.NoAutosave)
        {
            _saving.Start();
        }

        _inventory?.Start();
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
                        _local.OnStored(messages[i], stored.Seq, _core.Has(stored.Seq), _core.Generation);
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
