using System.Globalization;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Server.Persist.Engine;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Server.Persist;

/// <summary>Requests: who carries them out, and what is answered (spec 07 §1.6, §1.7).</summary>
internal sealed partial class PersistSession
{
    private async Task ReadRequestsAsync()
    {
        await foreach (var request in _socket.ReadRequestsAsync().ConfigureAwait(false))
        {
            await _room.EnterAsync(request.Raw.Length, CancellationToken.None).ConfigureAwait(false);
            Receive(request);
        }
    }

    private void Receive(ConatMessage request)
    {
        lock (_gate)
        {
            if (_error is not null)
            {
                Answer(request, _error);
            }
            else if (_stream is not null)
            {
                Dispatch(_stream, request);
            }
            else
            {
                Hold(request);
            }
        }
    }

    /// <summary>Keeps a request until the stream is open. The caller holds the lock.</summary>
    private void Hold(ConatMessage request)
    {
        if (_held!.Count >= MaxHeld)
        {
            Answer(request, new ConatException("too many requests wait for the stream to be opened", PersistCodes.TooMany));
            return;
        }

        var timeout = PersistRequest.Parameters(request)[PersistHeaders.Timeout].AsNumber() is > 0 and < int.MaxValue and var given
            ? TimeSpan.FromMilliseconds(given)
            : _server.Options.RequestTimeout;
        var node = new LinkedListNode<HeldRequest>(null!);
        var timer = _server.Time.CreateTimer(_ => GiveUp(node, timeout), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        node.Value = new HeldRequest(request, timer);
        _held.AddLast(node);
        timer.Change(timeout, Timeout.InfiniteTimeSpan);
    }

    private void GiveUp(LinkedListNode<HeldRequest> node, TimeSpan timeout)
    {
        lock (_gate)
        {
            if (node.List is null)
            {
                return;
            }

            node.List.Remove(node);
        }

        node.Value.Timer.Dispose();
        var milliseconds = timeout.TotalMilliseconds.ToString(CultureInfo.InvariantCulture);
        Answer(node.Value.Message, new ConatException($"once: timeout of {milliseconds}ms waiting for \"stream-initialized\"", PersistCodes.TimedOut));
    }

    /// <summary>Has nothing held any more. The caller holds the lock.</summary>
    private void Release(Action<ConatMessage> handle)
    {
        var held = _held;
        _held = null;
        while (held?.First is { } node)
        {
            held.Remove(node);
            node.Value.Timer.Dispose();
            handle(node.Value.Message);
        }
    }

    /// <summary>Has a request carried out. The caller holds the lock.</summary>
    private void Dispatch(PersistStream stream, ConatMessage request)
    {
        try
        {
            DispatchCore(stream, request, PersistRequest.Parameters(request));
        }
        catch (ConatException error)
        {
            Answer(request, error);
        }
        catch (Exception exception)
        {
            // The edge of a request.
            PersistLog.RequestFailed(_server.Logger, _socket.Subject, exception);
            Answer(request, new ConatException("internal error"));
        }
    }

    private void DispatchCore(PersistStream stream, ConatMessage request, WireValue.Members parameters)
    {
        switch (parameters[PersistHeaders.Command].AsText())
        {
            case PersistCommands.Set:
                var message = PersistRequest.Message(request);
                Post(stream, request, engine => engine.Set(message), static result => result.ToWire(), isWrite: true);
                break;
            case PersistCommands.SetMany:
                var batch = new MessageBatch(PersistRequest.Messages(request));
                Post(stream, request, batch.Set, static results => results, isWrite: true);
                break;
            case PersistCommands.Get:
                Get(stream, request, PersistRequest.Number(parameters, PersistHeaders.Seq) ?? 0, PersistRequest.Key(parameters));
                break;
            case PersistCommands.GetAll:
                _ = SendAllAsync(
                    stream, request, PersistRequest.Number(parameters, PersistHeaders.StartSeq) ?? 0, PersistRequest.Number(parameters, PersistHeaders.EndSeq) ?? long.MaxValue);
                break;
            case PersistCommands.Keys:
                Post(stream, request, static engine => engine.Store.Keys(), static keys => new WireValue.Items([.. keys.Select(key => (WireValue)key)]), isWrite: false);
                break;
            case PersistCommands.Delete:
                Delete(stream, request, parameters);
                break;
            case PersistCommands.Config:
                var change = StreamConfigurationChange.Read(parameters[PersistHeaders.Config]);
                Post(stream, request, engine => engine.Configure(change), static configuration => configuration.ToWire(), isWrite: true);
                break;
            case PersistCommands.Inventory:
                Post(stream, request, static engine => engine.Inventory(), static inventory => inventory.ToWire(), isWrite: false);
                break;
            case PersistCommands.Changefeed:
                StartFeed(stream);
                stream.PostBetween(() => Answer(request, (WireValue)PersistHeaders.Created));
                break;
            case PersistCommands.ServerId:
                Answer(request, (WireValue)_server.Options.Id);
                break;
            case PersistCommands.Sqlite:
                throw new ConatException("sqlite command not currently supported");
            default:
                var fields = PersistErrors.Fields($"unknown command {parameters[PersistHeaders.Command].Show()}", PersistCodes.NotFound);
                Send(request, new PublishOptions { Headers = fields }, WireValue.Null);
                break;
        }
    }

    private void Post<T>(PersistStream stream, ConatMessage request, Func<StreamEngine, T> function, Func<T, WireValue> toWire, bool isWrite) =>
        stream.Post(new StreamWork<T>(function, isWrite, request.Raw.Length, (result, error) =>
        {
            if (error is null)
            {
                Answer(request, toWire(result!));
            }
            else
            {
                Answer(request, error);
            }
        }));

    private void Delete(PersistStream stream, ConatMessage request, WireValue.Members parameters)
    {
        var isAll = parameters[PersistHeaders.All].IsTruthy();
        var last = PersistRequest.Number(parameters, PersistHeaders.LastSeq) ?? 0;
        var seq = PersistRequest.Number(parameters, PersistHeaders.Seq) ?? 0;
        var seqs = PersistRequest.Numbers(parameters, PersistHeaders.Seqs) ?? [];
        Post(
            stream,
            request,
            engine => isAll ? engine.DeleteAll() : last != 0 ? engine.DeleteUpTo(last) : seq != 0 ? engine.Delete(seq) : engine.Delete(seqs),
            static gone => new WireObject { [PersistHeaders.Seqs] = new WireValue.Items([.. gone.Select(one => (WireValue)one)]) }.Build(),
            isWrite: true);
    }

    private void Get(PersistStream stream, ConatMessage request, long seq, string? key) => stream.Post(new StreamWork<StoredMessage?>(
        engine => seq != 0 ? engine.Store.Find(seq) : key is not null ? engine.Store.Find(key) : null,
        isWrite: false,
        request.Raw.Length,
        (message, error) =>
        {
            if (error is not null)
            {
                Answer(request, error);
            }
            else if (message is null)
            {
                Answer(request, WireValue.Null);
            }
            else
            {
                Answer(request, message);
            }
        }));

    /// <summary>The message as it was written, its number, time and key beside the headers.</summary>
    private void Answer(ConatMessage request, StoredMessage message)
    {
        var headers = new WireObject();
        if (message.Headers is WireValue.Members own)
        {
            headers.AddAll(own, PersistHeaders.Seq, PersistHeaders.Time, PersistHeaders.Key);
        }

        headers[PersistHeaders.Seq] = message.Seq;
        headers[PersistHeaders.Time] = message.Time;
        headers[PersistHeaders.Key] = message.Key is null ? null : (WireValue)message.Key;

        // A message without any payload can't be published: it reads as null then.
        var options = message.Raw.IsEmpty
            ? new PublishOptions { Headers = headers.Build() }
            : new PublishOptions { Headers = headers.Build(), Raw = message.Raw, Encoding = (ConatEncoding)message.Encoding };
        Send(request, options, WireValue.Null);
    }

    private void Answer(ConatMessage request, WireValue data) => Send(request, new PublishOptions(), data);

    private void Answer(ConatMessage request, ConatException error) => Send(request, new PublishOptions { Headers = PersistErrors.Fields(error) }, WireValue.Null);

    private void Send(ConatMessage request, PublishOptions options, WireValue data) => _ = SendAsync(request, options, data);

    private async Task SendAsync(ConatMessage request, PublishOptions options, WireValue data)
    {
        try
        {
            await _server.Client.PublishAsync(request.Reply!, data, options).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // The edge of a request: its client is gone, or its reply subject is none.
            PersistLog.AnswerLost(_server.Logger, _socket.Subject, exception);
        }
        finally
        {
            _room.Leave(request.Raw.Length);
        }
    }
}
