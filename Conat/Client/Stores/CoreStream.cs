using System.Diagnostics.CodeAnalysis;
using ProjectSilo.Conat.Core;

namespace ProjectSilo.Conat.Stores;

/// <summary>
/// A copy of a persistent stream in memory, kept current by the server (spec 07 §3): rows in order, and the newest of each key. It holds all of the stream, or all from
/// <see cref="StreamOptions.StartSeq"/> on: the limits of the stream's configuration bound it. Opened by <see cref="ConatClient.OpenCoreStreamAsync"/>. Thread-safe.
/// </summary>
/// <remarks>
/// Events are raised one after the other by the stream's own loop, never under a lock. A handler must be quick and not wait for the store: while it runs nothing new is shown.
/// What it throws is logged.
/// </remarks>
public sealed partial class CoreStream : IAsyncDisposable
{
    private readonly ConatClient _client;
    private readonly StreamOptions _options;
    private readonly CancellationTokenSource _closing = new();

    /// <summary>Held by whoever changes the rows and tells of it: one after the other. Not held by readers.</summary>
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Guards all below.</summary>
    private readonly Lock _gate = new();
    private readonly StreamRows _rows = new();
    private PersistClient? _persist;
    private PersistFeed? _feed;
    private Task? _running;
    private ConatException? _failure;
    private long _startSeq;
    private long _generation;
    private bool _isClosed;

    /// <summary>Set once, when the stream has been opened.</summary>
    private volatile bool _isOpen;

    internal CoreStream(ConatClient client, StreamOptions options)
    {
        (_client, _options) = (client, options);
        _startSeq = Math.Max(0, options.StartSeq);
    }

    /// <summary>Happens after each row that came, was replaced by none, or went. A row that a newer one of its key replaces goes without a word.</summary>
    public event Action<StreamChange>? Changed;

    /// <summary>The store's name.</summary>
    public string Name => _options.Name;

    /// <summary>How many rows are held, tombstones too.</summary>
    public int Count => Read(rows => rows.Count);

    /// <summary>How many keys there are.</summary>
    public int KeyCount => Read(rows => rows.KeyCount);

    /// <summary>Why the server refuses the stream; null while it doesn't. Then all that needs the server fails with it at once.</summary>
    public ConatException? Failure
    {
        get
        {
            lock (_gate)
            {
                return _failure;
            }
        }
    }

    /// <summary>Gets each change before <see cref="Changed"/> is raised, in turn. Set before the stream is opened.</summary>
    internal Action<StreamChange>? Observer { get; set; }

    /// <summary>Called in turn when the rows were compared with the server's, with the number of that comparison. Set before the stream is opened.</summary>
    internal Action<long>? Resynced { get; set; }

    /// <summary>Called when the server refuses the stream. Set before the stream is opened.</summary>
    internal Action<ConatException>? Failed { get; set; }

    /// <summary>How often the rows were compared with the server's, the comparison included that is under way.</summary>
    internal long Generation
    {
        get
        {
            lock (_gate)
            {
                return _generation;
            }
        }
    }

    /// <summary>The row at a position, from 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public StreamMessage this[int index] => Read(rows => rows[index]);

    /// <summary>All rows, in order.</summary>
    public IReadOnlyList<StreamMessage> GetAll() => Read(rows => rows.ToArray());

    /// <summary>The row of a key.</summary>
    /// <returns>False if there is none, or it is deleted.</returns>
    public bool TryGetKey(string key, [NotNullWhen(true)] out StreamMessage? message)
    {
        ArgumentNullException.ThrowIfNull(key);
        message = Read(rows => rows.TryGetKey(key, out var found) ? found : null);
        return message is not null;
    }

    /// <summary>The keys that are not deleted, and their rows, in the order of the rows.</summary>
    public IReadOnlyList<KeyValuePair<string, StreamMessage>> GetAllKeys() => Read(rows => rows.Keys().ToArray());

    /// <summary>How many rows are held from <paramref name="startSeq"/> on, and the bytes of their values.</summary>
    public (int Count, long Bytes) Stats(long startSeq = 0) => Read(rows =>
    {
        if (startSeq <= rows.FirstSeq)
        {
            return (rows.Count, rows.Bytes);
        }

        var (count, bytes) = (0, 0L);
        for (var i = rows.Count - 1; i >= 0 && rows[i].Seq >= startSeq; i--, count++)
        {
            bytes += rows[i].Raw.Length;
        }

        return (count, bytes);
    });

    /// <summary>Closes it. Whatever waits for it ends with <c>closed</c>.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
        }

        await _closing.CancelAsync().ConfigureAwait(false);
        if (_running is not null)
        {
            await _running.ConfigureAwait(false);
        }

        await ReleaseAsync().ConfigureAwait(false);
    }

    /// <summary>The number of a key's newest row, also if that is a tombstone; 0 if there is none.</summary>
    internal long NewestSeq(string key) => Read(rows => rows.NewestSeq(key));

    /// <summary>Whether a row is held.</summary>
    internal bool Has(long seq) => Read(rows => rows.Find(seq) is not null);

    /// <summary>Reads of one state.</summary>
    /// <exception cref="ConatException"><c>closed</c>.</exception>
    internal T Read<T>(Func<StreamRows, T> read)
    {
        lock (_gate)
        {
            return _isClosed ? throw new ConatException("closed") : read(_rows);
        }
    }

    /// <summary>The connection to use now.</summary>
    /// <exception cref="ConatException">Refused; <c>closed</c>.</exception>
    private PersistClient Persist()
    {
        lock (_gate)
        {
            return _failure is not null ? throw _failure
                : _isClosed ? throw new ConatException("closed")
                : _persist ?? throw new ConatException("timeout -- the stream is being opened again", 408);
        }
    }
}
