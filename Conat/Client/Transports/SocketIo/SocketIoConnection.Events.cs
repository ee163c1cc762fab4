using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Core.SocketIo;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Transports.SocketIo;

/// <summary>The events that a client sends (spec 05 §6).</summary>
internal sealed partial class SocketIoConnection
{
    public async Task SubscribeAsync(ConatInterest interest, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var answer = await EmitAsync("subscribe", Argument(interest), timeout, cancellationToken).ConfigureAwait(false);
        if (ConatException.In(answer) is { } refusal)
        {
            throw refusal;
        }
    }

    public async Task<IReadOnlyList<ConatException?>> SubscribeAllAsync(IReadOnlyList<ConatInterest> interests, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var answer = await EmitAsync("subscribe", new WireValue.Items([.. interests.Select(Argument)]), timeout, cancellationToken).ConfigureAwait(false);
        var answers = answer is WireValue.Items items ? items.Values : throw ConatException.In(answer) ?? new ConatException("the broker's answer can't be read");
        return [.. interests.Select((_, i) => i < answers.Length ? ConatException.In(answers[i]) : null)];
    }

    public void Subscribe(ConatInterest interest) => _sending.TryAdd(SocketIoPacket.Event("subscribe", Argument(interest)));

    public void Unsubscribe(string subject) => _sending.TryAdd(SocketIoPacket.Event("unsubscribe", Argument(subject)));

    public Task UnsubscribeAllAsync(IReadOnlyList<string> subjects, TimeSpan timeout, CancellationToken cancellationToken) =>
        EmitAsync("unsubscribe", new WireValue.Items([.. subjects.Select(Argument)]), timeout, cancellationToken);

    public async Task<IReadOnlyList<string>> SubscriptionsAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var answer = await EmitAsync("subscriptions", WireValue.Null, timeout, cancellationToken).ConfigureAwait(false);
        return answer is WireValue.Items items
            ? [.. items.Values.Select(subject => subject.AsText()).OfType<string>()]
            : throw ConatException.In(answer) ?? new ConatException("the broker's answer can't be read");
    }

    public bool Publish(ConatChunk chunk) => _sending.TryAdd(Packet(chunk));

    public async Task<Task<long>> PublishAsync(ConatChunk chunk, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var answer = await SendAsync("publish", chunk.ToPublish(), timeout, cancellationToken).ConfigureAwait(false);
        return CountAsync(answer);

        static async Task<long> CountAsync(Task<WireValue> answer)
        {
            var value = await answer.ConfigureAwait(false);
            return ConatException.In(value) is { } refusal ? throw refusal
                : value is WireValue.Members members && members["count"] is WireValue.Number count ? (long)count.Value
                : 0;
        }
    }

    public async Task<bool> WaitForInterestAsync(string subject, TimeSpan waitFor, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var argument = new WireObject { ["subject"] = subject, ["timeout"] = Math.Floor(waitFor.TotalMilliseconds) }.Build();
        var answer = await EmitAsync("wait-for-interest", argument, timeout, cancellationToken).ConfigureAwait(false);
        if (ConatException.In(answer) is { } refusal)
        {
            // Whichever of the two clocks is faster, the error is the same.
            throw refusal.Message == "Error: timeout" ? ConatException.TimedOut() : refusal;
        }

        return answer.IsTruthy();
    }

    private static SocketIoPacket Packet(ConatChunk chunk) => SocketIoPacket.Event("publish", chunk.ToPublish());

    private static WireValue.Members Argument(ConatInterest interest) => new WireObject { ["subject"] = interest.Subject, ["queue"] = interest.Queue }.Build();

    private static WireValue.Members Argument(string subject) => new WireObject { ["subject"] = subject }.Build();

    private async Task<WireValue> EmitAsync(string name, WireValue argument, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(name, argument, timeout, cancellationToken).ConfigureAwait(false);
        return await answer.ConfigureAwait(false);
    }

    /// <returns>When there was room to send the event in, the task of its answer.</returns>
    private async Task<Task<WireValue>> SendAsync(string name, WireValue argument, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var (id, answer) = _answers.Register(timeout, cancellationToken);
        var isSent = false;
        try
        {
            isSent = await _sending.AddAsync(SocketIoPacket.Event(name, argument, id), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (!isSent)
            {
                _answers.Fail(id);
            }
        }

        return answer;
    }
}
