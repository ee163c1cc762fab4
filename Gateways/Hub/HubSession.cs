using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;

namespace ProjectSilo.Gateways.Hub;

/// <summary>
/// One unlocked hub connection: pumps frames, starts a handler per request, sends answers in the order they are ready (spec 02 §2, §3). Requests never wait for
/// one another.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle is not used holds nothing.")]
internal sealed partial class HubSession
{
    private readonly ConnectionContext _connection;
    private readonly HubEvents _events;
    private readonly HubDirectory _directory;
    private readonly HubGatewayOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HubOutgoing _outgoing;
    private readonly HubCallTable _calls = new();
    private readonly HubBlobTable _blobs;
    private readonly SemaphoreSlim _fileReads;

    /// <summary>Held while a large answer is written.</summary>
    private readonly SemaphoreSlim _largeAnswer = new(1);
    private long _largeBytes;
    private long _lastHeartbeat;
    private int _inFlight;
    private bool _isActive;
    private bool _isDisconnecting;

    public HubSession(
        string name, ConnectionContext connection, HubEvents events, HubDirectory directory, HubGatewayOptions options, TimeProvider time, ILogger logger)
    {
        Name = name;
        _connection = connection;
        _events = events;
        _directory = directory;
        _options = options;
        _time = time;
        _logger = logger;
        _outgoing = new HubOutgoing(connection.Transport.Output, options, time, Disconnect);
        _blobs = new HubBlobTable(options.MaxAwaitedBlobs, options.BlobTimeout, time);
        _fileReads = new SemaphoreSlim(options.MaxFileReads);
        _lastHeartbeat = time.GetTimestamp();
    }

    /// <summary>The caller's name in calls to grains, e.g. <c>hub:3</c>.</summary>
    public string Name { get; }

    /// <summary>Whether it has said <c>hello</c>.</summary>
    public bool HasGreeted { get; private set; }

    /// <summary>Cancelled when the connection has ended.</summary>
    public CancellationToken Ended => _connection.ConnectionClosed;

    /// <summary>The daemon's open calls over this connection (spec 02 §10).</summary>
    public HubCallTable Calls => _calls;

    /// <summary>Serves the connection until it ends.</summary>
    public async Task Run(CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _connection.ConnectionClosed);
        using var heartbeatTimer = _time.CreateTimer(_ => CheckHeartbeat(), null, _options.HeartbeatCheckInterval, _options.HeartbeatCheckInterval);
        var writing = _outgoing.Run(ended.Token);
        try
        {
            await Read(ended.Token).ConfigureAwait(false);
        }
        finally
        {
            _directory.Remove(this);
            _calls.Close();
            _outgoing.Complete();
            await ended.CancelAsync().ConfigureAwait(false);
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Sends a message; dropped silently when the connection is gone.</summary>
    public void Send(WireValue.Members message)
    {
        var frame = new ArrayBufferWriter<byte>(LikelyBytes(message));
        HubFrameCodec.WriteJson(message, frame);
        _outgoing.Enqueue(frame);
    }

    /// <summary>Sends a blob.</summary>
    public void SendBlob(string uuid, ReadOnlySpan<byte> content)
    {
        var frame = new ArrayBufferWriter<byte>(content.Length + 64);
        HubFrameCodec.WriteBlob(uuid, content, frame);
        _outgoing.Enqueue(frame);
    }

    /// <summary>Enough for most messages, so that large ones are not copied again and again while their buffer grows.</summary>
    private static int LikelyBytes(WireValue.Members message)
    {
        const int Small = 256;
        long bytes = Small;
        foreach (var (_, value) in message.Values)
        {
            var length = value switch
            {
                WireValue.Text text => text.Value.Length,
                WireValue.LongText text => text.Pieces.Sum(piece => (long)piece.Length),
                _ => 0,
            };

            // A sixteenth more for escapes.
            bytes += length > Small ? length + (length / 16) : 0;
        }

        return (int)Math.Min(bytes, Array.MaxLength);
    }

    private async Task Read(CancellationToken cancellationToken)
    {
        var input = _connection.Transport.Input;
        // Of a large frame not each packet is looked at, only when all of it is here: a thread would be woken for every 4 kB.
        long needed = 1;
        while (true)
        {
            var read = await input.ReadAtLeastAsync((int)Math.Min(needed, int.MaxValue), cancellationToken).ConfigureAwait(false);
            var rest = read.Buffer;
            HubFrameStatus status;
            while ((status = HubFrameCodec.TryRead(ref rest, _options.MaxFrameBytes, out var frame)) == HubFrameStatus.Complete)
            {
                Handle(frame);
            }

            // The rest is not marked as examined: the pipe would count what is needed from there on.
            needed = HubFrameCodec.BytesOfFrame(rest);
            input.AdvanceTo(rest.Start);
            if (status == HubFrameStatus.TooLong)
            {
                LogFrameTooLong(_logger, Name, _options.MaxFrameBytes);
                return;
            }

            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    private void Handle(in HubFrame frame)
    {
        // Any frame makes the connection one that the daemon may call (spec 02 §11), whatever is in it.
        if (!_isActive)
        {
            _isActive = true;
            _directory.Add(this);
        }

        switch (frame.Type)
        {
            case HubFrame.Json when WireJson.TryParse(frame.Payload, out var value) && value is WireValue.Members message:
                Dispatch(message);
                break;
            case HubFrame.Blob when HubFrameCodec.TryReadBlob(frame.Payload, out var uuid, out var content):
                Deliver(uuid, content);
                break;
            default:
                HubInstruments.FrameDropped();
                LogFrameDropped(_logger, Name, frame.Type, frame.Payload.Length);
                break;
        }
    }

    /// <summary>Spec 02 §3, in its order.</summary>
    private void Dispatch(WireValue.Members message)
    {
        if (_calls.TryDeliver(message))
        {
            return;
        }

        var name = message["event"].AsText();
        switch (name)
        {
            case "hello":
                HasGreeted = true;
                break;
            case "heartbeat":
                _lastHeartbeat = _time.GetTimestamp();
                return;
            case "save_blob":
                _directory.BlobSaved(message);
                return;
            case "error":
                // Never answered: two sides that answer errors would not stop.
                LogHubError(_logger, Name);
                return;
            case "query" or "query_cancel" or "pong":
                // A late answer to a call of ours that has timed out.
                return;
        }

        if (_events.Answer(message) is { } answer)
        {
            Send(WithId(message, answer));
            return;
        }

        if (name == HubEvents.WriteFile)
        {
            ExpectBlob(message);
        }
        else if (_events.Find(name) is { } handler)
        {
            Start(name!, handler, new HubRequest(message, Name, this, _connection.ConnectionClosed));
        }
        else
        {
            SendError(message, _events.NotImplemented(message));
        }
    }

    /// <summary>Here, before the next frame is looked at, which may be the blob.</summary>
    private void ExpectBlob(WireValue.Members message)
    {
        var error = message["path"].AsText() is null ? "Error: path must be specified"
            : message["data_uuid"].AsText() is not { } uuid ? "Error: data_uuid must be specified"
            : _blobs.TryExpect(uuid, message) ? null
            : $"Error: too many requests wait for their blobs (at most {_options.MaxAwaitedBlobs})";
        if (error is not null)
        {
            SendError(message, error);
        }
    }

    private void Deliver(string uuid, in ReadOnlySequence<byte> content)
    {
        var requests = _blobs.Take(uuid);
        if (requests.Count == 0)
        {
            return;
        }

        // The buffer belongs to the connection, and the writing takes longer than this frame.
        var blob = content.ToArray();
        foreach (var message in requests)
        {
            Start(HubEvents.WriteFile, _events.Find(HubEvents.WriteFile)!, new HubRequest(message, Name, this, _connection.ConnectionClosed) { Blob = blob });
        }
    }

    private void Start(string name, HubEventHandler handler, HubRequest request)
    {
        if (Interlocked.Increment(ref _inFlight) > _options.MaxRequestsInFlight)
        {
            Interlocked.Decrement(ref _inFlight);
            SendError(request.Message, $"Error: too many requests in flight (at most {_options.MaxRequestsInFlight})");
            return;
        }

        // Owned by itself: it observes its failures, and commands go on when the connection ends (spec 02 §11).
        _ = HandleRequest(name, handler, request);
    }

    private async Task HandleRequest(string name, HubEventHandler handler, HubRequest request)
    {
        using var activity = HubInstruments.StartRequest(name);
        var started = _time.GetTimestamp();
        var success = true;
        try
        {
            await handler(request).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            success = false;
            activity?.SetStatus(System.Diagnostics.ActivityStatusCode.Error, exception.GetType().Name);
            if (!WireErrors.IsExpected(exception))
            {
                LogRequestFailed(_logger, name, exception);
            }

            SendError(request.Message, HubEvents.ErrorText(name, request.Message, exception));
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
            HubInstruments.Answered(name, success, _time.GetElapsedTime(started));
        }
    }

    /// <summary>A place among the files that are read at once; dispose it when the hub has the file.</summary>
    public async Task<IDisposable> EnterFileRead(CancellationToken cancellationToken)
    {
        await _fileReads.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new SemaphoreSlot(_fileReads);
    }

    /// <summary>Sends an answer, with the request's <c>id</c> if it had one. Completes when a large one is written; dropped silently when the connection is gone.</summary>
    public Task SendAnswer(WireValue.Members request, WireObject answer) => SendAnswer(request, answer, null, default);

    /// <summary>Sends an answer and, adjacent to it, a blob.</summary>
    public Task SendAnswer(WireValue.Members request, WireObject answer, string? uuid, ReadOnlyMemory<byte> blob)
    {
        var message = WithId(request, answer);
        var bytes = (long)LikelyBytes(message) + blob.Length;
        if (bytes > _options.LargeAnswerBytes)
        {
            return SendLarge(message, uuid, blob, bytes);
        }

        _outgoing.Enqueue(Frames(message, uuid, blob));
        return Task.CompletedTask;
    }

    private async Task SendLarge(WireValue.Members message, string? uuid, ReadOnlyMemory<byte> blob, long bytes)
    {
        var waiting = Interlocked.Add(ref _largeBytes, bytes);
        try
        {
            if (waiting > _options.MaxLargeAnswersBytes && waiting > bytes)
            {
                Disconnect("it does not read its answers");
                return;
            }

            await _largeAnswer.WaitAsync(_connection.ConnectionClosed).ConfigureAwait(false);
            using var slot = new SemaphoreSlot(_largeAnswer);
            await _outgoing.Send(HubFrameCodec.Pieces(message, uuid, blob)).WaitAsync(_connection.ConnectionClosed).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_connection.ConnectionClosed.IsCancellationRequested)
        {
            // Nobody reads it any more.
            LogAnswerDropped(_logger, Name);
        }
        finally
        {
            Interlocked.Add(ref _largeBytes, -bytes);
        }
    }

    private static ArrayBufferWriter<byte> Frames(WireValue.Members message, string? uuid, ReadOnlyMemory<byte> blob)
    {
        const int Spare = 128;
        var frames = new ArrayBufferWriter<byte>((int)Math.Min((long)LikelyBytes(message) + blob.Length + Spare, Array.MaxLength));
        HubFrameCodec.WriteJson(message, frames);
        if (uuid is not null)
        {
            HubFrameCodec.WriteBlob(uuid, blob.Span, frames);
        }

        return frames;
    }

    private static WireValue.Members WithId(WireValue.Members request, WireObject answer)
    {
        if (request["id"] is not WireValue.Nothing and var id && request["event"].AsText() != "hello")
        {
            answer["id"] = id;
        }

        return answer.Build();
    }

    /// <summary>Sends an <c>error</c> answer.</summary>
    public void SendError(WireValue.Members request, string text)
    {
        if (request["id"] is not WireValue.Nothing || _events.AnswersWithoutId(request))
        {
            Send(WithId(request, new WireObject { ["event"] = "error", ["error"] = text }));
        }
    }

    private void CheckHeartbeat()
    {
        if (_time.GetElapsedTime(_lastHeartbeat) >= _options.HeartbeatCheckInterval)
        {
            Disconnect("it sends no heartbeats");
        }
    }

    private void Disconnect(string reason)
    {
        if (Interlocked.Exchange(ref _isDisconnecting, true))
        {
            return;
        }

        LogDisconnect(_logger, Name, reason);
        _connection.Abort(new ConnectionAbortedException(reason));
    }
}
