using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Sockets;
using ProjectSilo.Conat.Tests.Services;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Sockets;

/// <summary>Dialogues with our connectors in the place of the recorded ones.</summary>
internal sealed class ConnectorReplay : SocketReplay
{
    private const string StatusEnd = ".server.status";
    private readonly ConatClient _client;
    private readonly DroppableTransport _transport;

    /// <summary>By their client subjects.</summary>
    private readonly Dictionary<string, ConatSocketConnector> _sockets = [];

    private ConnectorReplay(Spy spy, ConatClient peer, ConatClient client, DroppableTransport transport)
        : base(spy, peer, "connector") => (_client, _transport) = (client, transport);

    public static async Task<ConnectorReplay> StartAsync(TestBus bus)
    {
        var transport = bus.NewTransport();
        return new(await Spy.StartAsync(bus), await bus.ConnectAsync(), await bus.ConnectAsync(transport), transport);
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var socket in _sockets.Values)
        {
            await socket.DisposeAsync();
        }
    }

    protected override Task BeginAsync(Dialogue dialogue)
    {
        // A close that the listener did not ask for is the application's.
        var close = dialogue.Steps.FirstOrDefault(step => step.Command == "close");
        if (close is { Party: "connector" } && _sockets.TryGetValue(ConatNames.ClientSubject(close.Subject), out var socket))
        {
            socket.Close();
        }

        return Task.CompletedTask;
    }

    protected override async Task<bool> ActAsync(Dialogue dialogue, DialogueStep step, int at)
    {
        switch (step.Kind)
        {
            case "close":
                await _transport.DropAsync();
                return true;
            case "subscribe" when _sockets.ContainsKey(step.Subject):
                Assert.True(await _client.WaitForInterestAsync(step.Subject).Within());
                return true;
            case "publish" when step.Subject.EndsWith(StatusEnd, StringComparison.Ordinal):
                Connect(step.Subject[..^StatusEnd.Length], dialogue.Steps.Skip(at).First(next => next.Command == "connect").Message!.Header("id").AsText()!);
                return true;
            case "publish" when step.Subject.Contains(".server.", StringComparison.Ordinal):
                return _sockets.TryGetValue(ConatNames.ClientSubject(step.Subject), out var socket) && await ActAsync(socket, dialogue, step);
            default:
                return step.Kind == "publish";
        }
    }

    protected override ConatSocket EndOf(DialogueStep question) => _sockets[question.Subject];

    private async Task<bool> ActAsync(ConatSocketConnector socket, Dialogue dialogue, DialogueStep step)
    {
        switch (step.Command)
        {
            case null when step.IsData:
                return await WriteAsync(socket, dialogue, step);
            case null:
                var headers = new WireObject().AddAll((WireValue.Members)step.Message!.Headers!, ConatHeaders.Reply).Build();
                _ = socket.RequestAsync(step.Message.Data, new PublishOptions { Headers = headers }).ContinueWith(task => task.Exception, TaskScheduler.Default);
                return true;
            default:
                return step.Command is "connect" or "close" or "ping" or "socket";
        }
    }

    private void Connect(string subject, string id)
    {
        var options = new ConatSocketOptions { Id = id, ReconnectDelay = TimeSpan.FromMilliseconds(20) };
        var clientSubject = $"{subject}.client.{id}";
        if (!_sockets.ContainsKey(clientSubject))
        {
            _sockets.Add(clientSubject, _client.ConnectSocket(subject, options));
        }
    }

    /// <summary>Writes the message, before it one that was lost on its way. A number that was never written is none of ours.</summary>
    private async Task<bool> WriteAsync(ConatSocketConnector socket, Dialogue dialogue, DialogueStep step)
    {
        var number = step.Message!.Header(ConatHeaders.SocketSequence).AsNumber()!.Value;
        for (var n = socket.LastWritten + 1; n < number; n++)
        {
            var next = n;
            if (Lost(dialogue, next) is not { } lost)
            {
                return false;
            }

            socket.Write(lost.Data, lost.Headers as WireValue.Members);
            await Spy.ExpectAsync(message => message.Subject == step.Subject && message.Header(ConatHeaders.SocketSequence).AsNumber() == next, "what is lost");
        }

        socket.Write(step.Message.Data, new WireObject().AddAll((WireValue.Members)step.Message.Headers!, ConatHeaders.SocketSequence).Build());
        return true;
    }

    /// <summary>A message that was sent again on request.</summary>
    private static ConatMessage? Lost(Dialogue dialogue, double number)
    {
        foreach (var step in dialogue.Steps.Where(step => step.Kind == "publish" && step.Subject.StartsWith("_INBOX.", StringComparison.Ordinal)))
        {
            foreach (var item in step.Message!.TryRead(out var data) && data is WireValue.Items items ? items.Values : [])
            {
                if (SocketWire.TryReadResent(item, "", out var found, out var message) && found == number)
                {
                    return message;
                }
            }
        }

        return null;
    }
}
