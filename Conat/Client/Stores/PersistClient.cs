using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Sockets;

namespace ProjectSilo.Conat.Stores;

/// <summary>
/// One stream of a persist server over the bus (spec 07 §2): requests, and feeds of what changes. It connects again by itself, after pauses of 1.5 to 30 seconds, and catches up
/// with what it missed; requests wait meanwhile, for as long as their time limit. It ends when it is closed, when the client is, or when the server refuses the stream. Opened
/// by <see cref="ConatClient.OpenPersistAsync"/>; shared by all of a client that open the same. Thread-safe.
/// </summary>
public sealed partial class PersistClient : IStoreBody, IAsyncDisposable
{
    private readonly ConatClient _client;
    private readonly PersistOpen _open;
    private readonly Func<bool>? _release;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _running;

    /// <summary>Guards all below, and the positions of feeds.</summary>
    private readonly Lock _gate = new();
    private readonly List<PersistFeed> _feeds = [];
    private TaskCompletionSource<Session> _connected = NewSignal();
    private ConatException? _failure;
    private bool _isEnded;

    /// <param name="client">The member of the bus.</param>
    /// <param name="subject">E.g. <c>persist.project-3fa2…</c>.</param>
    /// <param name="open">What to open.</param>
    /// <param name="release">As <see cref="SharedStores"/> gives it; null if it isn't shared.</param>
    internal PersistClient(ConatClient client, string subject, PersistOpen open, Func<bool>? release)
    {
        (_client, Subject, _open, _release) = (client, subject, open, release);
        _time = client.Time;
        _running = Task.Run(RunAsync);
    }

    /// <summary>The owner's subject: <c>persist.project-3fa2…</c>.</summary>
    public string Subject { get; }

    /// <summary>The stream's storage path: <c>projects/3fa2…/foo</c>.</summary>
    public string Path => _open.Path;

    /// <summary>Why the server refuses the stream; null while it doesn't. Then all calls fail with it at once.</summary>
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

    /// <inheritdoc />
    public bool IsEnded
    {
        get
        {
            lock (_gate)
            {
                return _isEnded;
            }
        }
    }

    /// <summary>Closes it, if nobody else has it open.</summary>
    public ValueTask DisposeAsync() => _release is null || _release() ? EndAsync() : ValueTask.CompletedTask;

    /// <inheritdoc />
    public async ValueTask EndAsync()
    {
        End(null);
        await _running.ConfigureAwait(false);
    }

    private static TaskCompletionSource<Session> NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static ConatException Closed() => new("closed");

    /// <summary>It is over.</summary>
    /// <param name="failure">The server's refusal; null if it is closed.</param>
    private void End(ConatException? failure)
    {
        PersistFeed[] feeds;
        lock (_gate)
        {
            if (_isEnded)
            {
                return;
            }

            (_isEnded, _failure) = (true, failure);
            feeds = [.. _feeds];
            _feeds.Clear();
            _connected.TrySetException(failure ?? Closed());
            // Nobody may wait for it.
            _ = _connected.Task.Exception;
        }

        _closing.Cancel();
        foreach (var feed in feeds)
        {
            feed.End(failure);
        }
    }

    /// <summary>A connection to the server.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="lost">Never disposed: it has no timer and no registration, and whoever drops the session may come late.</param>
    private sealed class Session(ConatSocketConnector socket, CancellationTokenSource lost)
    {
        public ConatSocketConnector Socket => socket;

        /// <summary>Cancelled when the connection is over: answers may never come.</summary>
        public CancellationToken Lost => lost.Token;

        /// <summary>When it became ready; null before.</summary>
        public long? ReadySince { get; set; }

        /// <summary>The number of the next frame of the feed; one that is missing is a loss.</summary>
        public long NextFrame { get; set; }

        /// <summary>Rows up to this number were fetched after the feed had begun: frames have them once more.</summary>
        public long CaughtUpTo { get; set; }

        /// <summary>Set by <see cref="PersistClient.Drop"/>, under the client's lock.</summary>
        public bool IsLost { get; set; }

        public void Cancel()
        {
            socket.Close();
            lost.Cancel();
        }
    }
}
