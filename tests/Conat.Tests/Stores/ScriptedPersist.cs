using System.Text.Json;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Sockets;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Stores;

/// <summary>A persist server that says what was recorded: it checks what a client sends, and a test tells it what to answer.</summary>
internal sealed class ScriptedPersist : IAsyncDisposable
{
    private readonly ConatClient _client;
    private readonly ConatSocketListener _listener;
    private readonly IAsyncEnumerator<ConatSocketConnection> _accepting;
    private readonly ConatSubscription _balancing;

    private ScriptedPersist(ConatClient client, ConatSocketListener listener, ConatSubscription balancing)
    {
        (_client, _listener, _balancing, _accepting) = (client, listener, balancing, listener.GetAsyncEnumerator());
        _ = Task.Run(async () =>
        {
            await foreach (var request in balancing)
            {
                client.Respond(request, "0");
            }
        });
    }

    public static async Task<ScriptedPersist> StartAsync(ConatClient client) => new(
        client,
        await client.ListenSocketAsync(PersistSubjects.ServerPattern(), new ConatSocketOptions { Id = "0" }).Within(),
        await client.SubscribeAsync(PersistSubjects.LoadBalancerPattern()).Within());

    /// <summary>The next socket that is connected, and the frame that opens it.</summary>
    public async Task<(Line Line, WireValue Frame)> AcceptAsync()
    {
        Assert.True(await _accepting.MoveNextAsync().AsTask().Within());
        var line = new Line(_client, _accepting.Current);
        return (line, (await line.Socket.ReadAsync().AsTask().Within())!.Data);
    }

    public async ValueTask DisposeAsync()
    {
        _balancing.Dispose();
        await _accepting.DisposeAsync();
        await _listener.DisposeAsync();
    }

    /// <summary>A client's socket.</summary>
    public sealed class Line(ConatClient client, ConatSocketConnection socket)
    {
        private readonly IAsyncEnumerator<ConatMessage> _requests = socket.ReadRequestsAsync().GetAsyncEnumerator();

        /// <summary>A recording may begin in the middle of a feed; the client counts from its first frame.</summary>
        private double? _firstFrame;

        public ConatSocketConnection Socket => socket;

        public async Task<ConatMessage> RequestAsync()
        {
            Assert.True(await _requests.MoveNextAsync().AsTask().Within());
            return _requests.Current;
        }

        public Task AnswerAsync(ConatMessage request, JsonElement recorded) => client.PublishAsync(
            request.Reply!,
            WireValue.Null,
            new PublishOptions
            {
                Raw = recorded.TryGetProperty("payload_hex", out var hex) ? Convert.FromHexString(hex.GetString()!) : ConatPayload.Encode(StoreVectors.Read(recorded.GetProperty("payload"))!),
                Headers = recorded.TryGetProperty("headers", out var headers) ? StoreVectors.Members(headers) : null,
            }).Within();

        public void Tell(JsonElement recorded)
        {
            var headers = new WireObject().AddAll(StoreVectors.Members(recorded.GetProperty("headers")), ConatHeaders.SocketSequence).Build();
            if (headers["seq"].AsNumber() is { } frame)
            {
                _firstFrame ??= frame;
                headers = new WireObject { ["seq"] = frame - _firstFrame.Value }.AddAll(headers, "seq").Build();
            }

            socket.Write(StoreVectors.Read(recorded.GetProperty("payload"))!, headers);
        }
    }
}
