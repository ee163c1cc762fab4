using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Sockets;
using ProjectSilo.Conat.Tests.Services;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Sockets;

/// <summary>Replays dialogues of sockets: the peer's part is sent as recorded, ours is expected.</summary>
internal abstract class SocketReplay(Spy spy, ConatClient peer, string ours) : IAsyncDisposable
{
    /// <summary>What the peer is subscribed to.</summary>
    private readonly Dictionary<string, ConatSubscription> _subscriptions = [];

    /// <summary>Reply subjects of our requests, by those recorded.</summary>
    private readonly Dictionary<string, string> _replies = [];

    /// <summary>Reply subjects of the peer's requests of the application.</summary>
    private readonly Dictionary<string, DialogueStep> _questions = [];

    protected Spy Spy => spy;

    public async Task RunAsync(Dialogue dialogue)
    {
        await BeginAsync(dialogue);
        foreach (var (step, at) in dialogue.Steps.Select((step, at) => (step, at)))
        {
            try
            {
                await (step.Party == ours ? OursAsync(dialogue, step, at) : PeersAsync(step));
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"{dialogue.Name}, step {at}: {step.Party} {step.Kind} {step.Subject} {step.Message?.Headers}", exception);
            }
        }
    }

    public abstract ValueTask DisposeAsync();

    /// <summary>Acknowledgements are left: how many there are is no matter.</summary>
    public void AssertNothingElse() => Assert.DoesNotContain(spy.Rest(), message => Number(message, "emitted") is null);

    /// <summary>Does what the recorded application did before the first step.</summary>
    protected abstract Task BeginAsync(Dialogue dialogue);

    /// <summary>Does what the recorded application did for this step to happen.</summary>
    /// <returns>False if it isn't expected of ours: the recording application sent it by hand.</returns>
    protected abstract Task<bool> ActAsync(Dialogue dialogue, DialogueStep step, int at);

    /// <summary>The end of the socket that a request of the peer was for.</summary>
    protected abstract ConatSocket EndOf(DialogueStep question);

    private async Task PeersAsync(DialogueStep step)
    {
        switch (step.Kind)
        {
            case "subscribe" when !_subscriptions.ContainsKey(step.Subject):
                _subscriptions.Add(step.Subject, await peer.SubscribeAsync(step.Subject).Within());
                break;
            case "unsubscribe" when _subscriptions.Remove(step.Subject, out var subscription):
                subscription.Dispose();
                break;
            case "publish":
                await PublishAsync(step);
                break;
        }
    }

    private async Task PublishAsync(DialogueStep step)
    {
        var subject = step.Subject;
        if (subject.StartsWith("_INBOX.", StringComparison.Ordinal) && !_replies.Remove(subject, out subject!))
        {
            // An answer to what ours had no need to ask.
            return;
        }

        if (step.Reply is { } reply)
        {
            var inbox = reply[..reply.LastIndexOf('.')] + ".*";
            if (!_subscriptions.ContainsKey(inbox))
            {
                _subscriptions.Add(inbox, await peer.SubscribeAsync(inbox).Within());
            }

            if (step.Command is null && !subject.EndsWith(".server.status", StringComparison.Ordinal))
            {
                _questions[reply] = step;
            }
        }

        await peer.PublishAsync(subject, WireValue.Null, new PublishOptions { Raw = step.Message!.Raw, Headers = step.Message.Headers }).Within();
        await spy.ExpectAsync(message => Spy.IsSame(message, step.Message, subject), "the peer's own message");
    }

    private async Task OursAsync(Dialogue dialogue, DialogueStep step, int at)
    {
        if (step.Message is { } recorded && _questions.Remove(step.Subject, out var question))
        {
            // The application's answer.
            var socket = EndOf(question);
            var request = await socket.ReadRequestsAsync().FirstAsync().AsTask().Within();
            Assert.True(Spy.IsSame(request, question.Message!));
            await socket.RespondAsync(request, recorded.Data).Within();
        }
        else if (!await ActAsync(dialogue, step, at) || step.Message is null)
        {
            return;
        }

        if (Number(step.Message!, "emitted") is { } emitted)
        {
            // One acknowledgement may do for several.
            await Bounded.Until(() => spy.Rest().Any(message => message.Subject == step.Subject && Number(message, "emitted") >= emitted), $"emitted {emitted}");
            return;
        }

        var missing = Missing(step.Message!);
        var actual = await spy.ExpectAsync(
            message => missing is null ? Spy.IsSame(message, step.Message!) : message.Subject == step.Subject && Missing(message) == missing,
            $"{step.Subject} {step.Message!.Headers} {step.Message.Data}");
        if (step.Reply is { } reply)
        {
            _replies[reply] = actual.Reply!;
        }
    }

    /// <summary>The numbers that are asked for; the reference doesn't sort them (spec 06 §6.4).</summary>
    private static string? Missing(ConatMessage message) =>
        Socket(message)?["missing"] is WireValue.Items items ? string.Join(',', items.Values.Select(item => item.AsNumber()).Order()) : null;

    private static double? Number(ConatMessage message, string name) => Socket(message)?[name].AsNumber();

    private static WireValue.Members? Socket(ConatMessage message) =>
        message.Header(ConatHeaders.SocketCommand).AsText() == "socket" && message.TryRead(out var data) && data is WireValue.Members members
            ? members["socket"] as WireValue.Members
            : null;
}
