using System.Collections.Concurrent;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Sockets;
using ProjectSilo.Conat.Tests.Services;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Sockets;

/// <summary>Dialogues with our listener in the place of the recorded one.</summary>
internal sealed class ListenerReplay : SocketReplay
{
    private const string StatusEnd = ".server.status";
    private readonly ConatClient _client;
    private readonly Dictionary<string, ConatSocketListener> _listeners = [];
    private readonly ConcurrentDictionary<string, ConatSocketConnection> _connections = [];

    private ListenerReplay(Spy spy, ConatClient peer, ConatClient client)
        : base(spy, peer, "listener") => _client = client;

    public static async Task<ListenerReplay> StartAsync(TestBus bus) => new(await Spy.StartAsync(bus), await bus.ConnectAsync(), await bus.ConnectAsync());

    public override async ValueTask DisposeAsync()
    {
        foreach (var listener in _listeners.Values)
        {
            await listener.DisposeAsync();
        }
    }

    protected override async Task BeginAsync(Dialogue dialogue)
    {
        foreach (var step in Ends(dialogue))
        {
            await _listeners[step.Subject].DisposeAsync().AsTask().Within();
        }
    }

    protected override async Task<bool> ActAsync(Dialogue dialogue, DialogueStep step, int at)
    {
        switch (step.Kind)
        {
            case "subscribe" when step.Subject.EndsWith(StatusEnd, StringComparison.Ordinal):
                await ListenAsync(step.Subject[..^StatusEnd.Length], dialogue.Steps.Skip(at).First(next => next.Subject.EndsWith(".*", StringComparison.Ordinal)).Subject.Split('.')[^2]);
                return true;
            case "subscribe":
                Assert.True(await _client.InterestAsync(step.Subject.Replace("*", "x", StringComparison.Ordinal)).Within());
                return true;
            case "unsubscribe":
                Assert.False(await _client.InterestAsync(step.Subject.Replace("*", "x", StringComparison.Ordinal)).Within());
                return true;
            case "publish" when step.IsData:
                (await ConnectionAsync(step.Subject)).Write(step.Message!.Data, new WireObject().AddAll((WireValue.Members)step.Message.Headers!, ConatHeaders.SocketSequence).Build());
                return true;
            case "publish" when step.Command is null && step.Reply is not null:
                _ = (await ConnectionAsync(step.Subject)).RequestAsync(step.Message!.Data).ContinueWith(task => task.Exception, TaskScheduler.Default);
                return true;
            case "publish" when step.Command == "close" && Ends(dialogue).Any() && dialogue.Steps.Take(at).Any(before => before.Command == "close" && before.Subject == step.Subject):
                // The reference says it twice when a listener ends.
                return false;
            default:
                return true;
        }
    }

    protected override ConatSocket EndOf(DialogueStep question) => _connections[ConatNames.ClientSubject(question.Subject)];

    /// <summary>A listener ends that unsubscribes.</summary>
    private static IEnumerable<DialogueStep> Ends(Dialogue dialogue) =>
        dialogue.Steps.Where(step => step.Party == "listener" && step.Kind == "unsubscribe" && step.Subject.EndsWith(StatusEnd, StringComparison.Ordinal));

    private async Task ListenAsync(string subject, string id)
    {
        var parent = _listeners.Values.FirstOrDefault(listener => subject.StartsWith(listener.Subject + ".", StringComparison.Ordinal));
        var listener = parent is not null && parent.Id == id
            ? parent.Channel(subject[(parent.Subject.Length + 1)..])
            : _client.ListenSocket(subject, new ConatSocketOptions { Id = id });
        await listener.Started.Within();
        _listeners.Add(subject + StatusEnd, listener);
        _ = Task.Run(async () =>
        {
            await foreach (var connection in listener)
            {
                _connections[connection.ClientSubject] = connection;
            }
        });
    }

    private async Task<ConatSocketConnection> ConnectionAsync(string clientSubject)
    {
        await Bounded.Until(() => _connections.ContainsKey(clientSubject), $"the connection {clientSubject}");
        return _connections[clientSubject];
    }
}
