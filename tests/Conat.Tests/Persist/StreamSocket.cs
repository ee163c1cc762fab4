using System.Collections.Immutable;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Sockets;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Persist;

/// <summary>A client of one stream that knows nothing but the wire.</summary>
internal sealed class StreamSocket : IAsyncDisposable
{
    private readonly Queue<StreamEvent> _events = new();

    private StreamSocket(ConatSocketConnector socket) => Socket = socket;

    public ConatSocketConnector Socket { get; }

    public static StreamSocket Open(ConatClient client, string subject, PersistOpen? open)
    {
        var socket = client.ConnectSocket(subject, new ConatSocketOptions { Reconnection = false, FindListener = _ => Task.FromResult("0") });
        if (open is not null)
        {
            socket.Write(open.ToWire());
        }

        return new StreamSocket(socket);
    }

    /// <summary>The answer, which may be an error.</summary>
    public Task<ConatMessage> AskAsync(WireObject headers, WireValue? data = null, ReadOnlyMemory<byte>? raw = null) =>
        Socket.RequestAsync(data ?? WireValue.Null, new PublishOptions { Headers = headers.Build(), Raw = raw }).Within();

    /// <summary>The answer's data.</summary>
    public async Task<WireValue> CallAsync(string command, WireObject? parameters = null, WireValue? data = null)
    {
        var answer = await AskAsync(new WireObject { [PersistHeaders.Command] = command }.AddAll((parameters ?? []).Build()), data);
        return ConatHeaders.ErrorIn(answer.Headers) is { } error ? throw error : answer.Data;
    }

    public async Task<SetResult> SetAsync(WireValue data, WireObject? parameters = null)
    {
        Assert.True(SetResult.TryRead(await CallAsync(PersistCommands.Set, parameters, data), out var result));
        return result;
    }

    public async Task<ConatException> FailAsync(string command, WireObject? parameters = null, WireValue? data = null) =>
        await Assert.ThrowsAsync<ConatException>(() => CallAsync(command, parameters, data));

    public async Task<ConatMessage> GetAsync(WireObject parameters) => await AskAsync(parameters.With(PersistHeaders.Command, PersistCommands.Get));

    /// <summary>All messages, and how many parts they came in.</summary>
    public async Task<(ImmutableArray<StoredMessage> Messages, int Parts)> GetAllAsync(WireObject? parameters = null)
    {
        var messages = ImmutableArray.CreateBuilder<StoredMessage>();
        var headers = (parameters ?? []).With(PersistHeaders.Command, PersistCommands.GetAll).Build();
        var parts = 0;
        await foreach (var part in Socket.RequestManyAsync(WireValue.Null, new PublishOptions { Headers = headers }, Bounded.Limit))
        {
            if (ConatHeaders.ErrorIn(part.Headers) is { } error)
            {
                throw error;
            }

            Assert.Equal(parts, part.Header(PersistHeaders.Seq).AsNumber());
            if (part.Data is WireValue.Nothing)
            {
                return (messages.ToImmutable(), parts);
            }

            parts++;
            foreach (var item in ((WireValue.Items)part.Data).Values)
            {
                Assert.True(StoredMessage.TryRead(item, out var message));
                messages.Add(message!);
            }
        }

        throw new InvalidOperationException("The end is missing.");
    }

    /// <summary>The next event of the change feed.</summary>
    public async Task<StreamEvent> NextEventAsync()
    {
        while (_events.Count == 0)
        {
            var frame = await Socket.ReadAsync().AsTask().Within() ?? throw new ConatException("closed");
            if (ConatHeaders.ErrorIn(frame.Headers) is { } error)
            {
                throw error;
            }

            foreach (var item in ((WireValue.Items)frame.Data).Values)
            {
                Assert.True(StreamEvent.TryRead(item, out var one));
                _events.Enqueue(one!);
            }
        }

        return _events.Dequeue();
    }

    public ValueTask DisposeAsync() => Socket.DisposeAsync();
}
