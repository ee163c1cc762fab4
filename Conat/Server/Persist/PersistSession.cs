using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Server.Persist.Engine;
using ProjectSilo.Conat.Sockets;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Server.Persist;

/// <summary>One socket, which is one open stream (spec 07 §1.3). Its requests reach the stream in the order they were sent.</summary>
internal sealed partial class PersistSession : IDisposable
{
    /// <summary>Most requests that wait for the open frame; one more is answered at once, code 429.</summary>
    private const int MaxHeld = 400;

    private readonly PersistServer _server;
    private readonly ConatSocketConnection _socket;
    private readonly string _scope;
    private readonly RequestRoom _room;

    /// <summary>Guards all below. Work is posted within it, so that it reaches the stream in order.</summary>
    private readonly Lock _gate = new();

    /// <summary>Requests that came before the stream was open; null afterwards.</summary>
    private LinkedList<HeldRequest>? _held = [];

    /// <summary>Null until it is open, and again when the socket is closed.</summary>
    private PersistStream? _stream;
    private ConatException? _error;
    private ChangeFeed? _feed;
    private bool _isCounted;

    public PersistSession(PersistServer server, ConatSocketConnection socket)
    {
        (_server, _socket) = (server, socket);
        _scope = PersistSubjects.ScopeOf(socket.Subject);
        _room = new RequestRoom(server.Options.MaxRequestsInFlight, server.Options.MaxBytesInFlight);
    }

    /// <summary>Serves until the socket is closed.</summary>
    public async Task RunAsync()
    {
        var requests = ReadRequestsAsync();
        try
        {
            while (await _socket.ReadAsync().ConfigureAwait(false) is { } frame)
            {
                if (_stream is null)
                {
                    await OpenAsync(frame).ConfigureAwait(false);
                }
            }

            await requests.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // The edge of the socket.
            PersistLog.SocketFailed(_server.Logger, _socket.Subject, exception);
            _socket.Close();
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>Gives up the stream, and whoever still waits for it.</summary>
    public void Dispose()
    {
        PersistStream? stream;
        lock (_gate)
        {
            stream = _stream;
            _stream = null;
            _error ??= new ConatException("closed", "EPIPE");
            Release(held => Answer(held, _error));
        }

        _feed?.Dispose();
        if (stream is not null)
        {
            if (_feed is not null)
            {
                stream.RemoveFeed(_feed);
            }

            _server.Streams.Close(stream);
        }

        if (_isCounted)
        {
            _server.Quota.Leave(_scope);
        }
    }

    /// <summary>The first frame says which stream; what is wrong with it is told in a frame, and to all requests.</summary>
    private async Task OpenAsync(ConatMessage frame)
    {
        PersistStream? stream = null;
        try
        {
            Count();
            var open = PersistOpen.Read(frame.TryRead(out var value) ? value : WireValue.Null);
            var subject = $"{_socket.Subject}.server.{_server.Options.Id}.{_socket.Id}";
            if (PersistAccess.Check(subject, open.Path, _server.Options.Service) is { } denied)
            {
                throw denied;
            }

            if (_error is null)
            {
                stream = _server.Streams.Open(open.Path, open.Ephemeral == true, open.Sync == true);
                await OpenAsync(stream, open.Changefeed == true).ConfigureAwait(false);
                stream = null;
            }
        }
        catch (ConatException error)
        {
            Fail(error);
        }
        finally
        {
            if (stream is not null)
            {
                _server.Streams.Close(stream);
            }
        }
    }

    private async Task OpenAsync(PersistStream stream, bool hasFeed)
    {
        // That it can be read is what opening means; limits take effect too, as far as the disk lets them.
        await stream.RunAsync(static engine => engine.Configuration, isWrite: false).ConfigureAwait(false);
        stream.Post(new StreamWork<bool>(static engine => engine.TryEnforceAtOpening(), isWrite: true, bytes: 0, static (_, _) => { }));
        lock (_gate)
        {
            _stream = stream;
            if (hasFeed)
            {
                StartFeed(stream);
            }

            Release(held => Dispatch(stream, held));
        }
    }

    /// <summary>Counts it once, for as long as the socket lives.</summary>
    private void Count()
    {
        if (!_isCounted)
        {
            if (_server.Quota.TryEnter(_scope) is { } refusal)
            {
                throw refusal;
            }

            _isCounted = true;
        }
    }

    private void Fail(ConatException error)
    {
        lock (_gate)
        {
            // The first error stays.
            _error ??= new ConatException($"Error: {error.Message}", error.Code);
            Release(held => Answer(held, _error));
        }

        // A socket without room for it is closed soon.
        _socket.TryWriteEncoded(ConatPayload.Encode(WireValue.Null), PersistErrors.Fields(error));
    }

    private void StartFeed(PersistStream stream)
    {
        if (_feed is null)
        {
            _feed = new ChangeFeed(_socket, _server.Options, _server.Time);
            var feed = _feed;
            stream.PostBetween(() => stream.AddFeed(feed));
        }
    }
}
