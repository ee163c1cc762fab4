using System.Threading.Channels;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Core.SocketIo;
using ProjectSilo.Conat.Server.Broker;
using ProjectSilo.Conat.Transports;

namespace ProjectSilo.Conat.Server.InProcess;

/// <summary>What a client asks for (spec 05 §6).</summary>
internal sealed partial class InProcessConnection
{
    /// <inheritdoc />
    public Task SubscribeAsync(ConatInterest interest, TimeSpan timeout, CancellationToken cancellationToken) => AskAsync<bool>(
        async answer =>
        {
            var outcome = await AddAsync(interest).ConfigureAwait(false);
            if (outcome.Error is { } error)
            {
                Refuse(answer, error, interest.Subject, isPublish: false);
                return;
            }

            answer.TrySetResult(true);
            Notify(interest, outcome);
        },
        timeout,
        cancellationToken);

    /// <inheritdoc />
    public Task<IReadOnlyList<ConatException?>> SubscribeAllAsync(IReadOnlyList<ConatInterest> interests, TimeSpan timeout, CancellationToken cancellationToken) =>
        AskAsync<IReadOnlyList<ConatException?>>(
            async answer =>
            {
                var outcomes = new SubscribeOutcome[interests.Count];
                for (var i = 0; i < outcomes.Length; i++)
                {
                    outcomes[i] = await AddAsync(interests[i]).ConfigureAwait(false);
                    Tell(outcomes[i].Error, interests[i].Subject, isPublish: false);
                }

                answer.TrySetResult([.. outcomes.Select(outcome => outcome.Error is { } error ? Failure(error) : null)]);
                for (var i = 0; i < outcomes.Length; i++)
                {
                    Notify(interests[i], outcomes[i]);
                }
            },
            timeout,
            cancellationToken);

    /// <inheritdoc />
    public void Subscribe(ConatInterest interest) => _commands.Writer.TryWrite(async () =>
    {
        var outcome = await AddAsync(interest).ConfigureAwait(false);
        Tell(outcome.Error, interest.Subject, isPublish: false);
        Notify(interest, outcome);
    });

    /// <inheritdoc />
    public void Unsubscribe(string subject) => _commands.Writer.TryWrite(() =>
    {
        _session.Unsubscribe(subject);
        return default;
    });

    /// <inheritdoc />
    public Task UnsubscribeAllAsync(IReadOnlyList<string> subjects, TimeSpan timeout, CancellationToken cancellationToken) => AskAsync<bool>(
        answer =>
        {
            foreach (var subject in subjects)
            {
                _session.Unsubscribe(subject);
            }

            answer.TrySetResult(true);
            return default;
        },
        timeout,
        cancellationToken);

    /// <inheritdoc />
    public Task<IReadOnlyList<string>> SubscriptionsAsync(TimeSpan timeout, CancellationToken cancellationToken) => AskAsync<IReadOnlyList<string>>(
        answer =>
        {
            answer.TrySetResult(_session.Subscriptions);
            return default;
        },
        timeout,
        cancellationToken);

    /// <inheritdoc />
    public bool Publish(ConatChunk chunk)
    {
        ThrowIfTooManyAttachments(chunk);
        return _commands.Writer.TryWrite(async () => Tell((await RouteAsync(chunk).ConfigureAwait(false)).Error, chunk.Subject, isPublish: true));
    }

    /// <inheritdoc />
    public async Task<Task<long>> PublishAsync(ConatChunk chunk, TimeSpan timeout, CancellationToken cancellationToken)
    {
        ThrowIfTooManyAttachments(chunk);
        return await BeginAsync<long>(
            async answer =>
            {
                var outcome = await RouteAsync(chunk).ConfigureAwait(false);
                if (outcome.Error is { } error)
                {
                    Refuse(answer, error, chunk.Subject, isPublish: true);
                }
                else if (outcome.Room is null)
                {
                    answer.TrySetResult(outcome.Count);
                }
                else
                {
                    // Owned by the receivers, whose rooms all end, and never fail.
                    _ = AnswerWhenRoomAsync(answer, outcome.Count, outcome.Room);
                }
            },
            timeout,
            cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public Task<bool> WaitForInterestAsync(string subject, TimeSpan waitFor, TimeSpan timeout, CancellationToken cancellationToken) => AskAsync<bool>(
        answer => _session.WaitForInterestAsync(
            subject,
            waitFor,
            outcome =>
            {
                // Of these errors only that of the timeout begins with "Error: ", and it is the client's own.
                if (outcome.Error is not { } error)
                {
                    answer.TrySetResult(outcome.HasInterest);
                }
                else
                {
                    answer.TrySetException(error == BrokerError.Timeout ? ConatException.TimedOut() : new ConatException(error.Text, Code(error)));
                }
            },
            _ending.Token),
        timeout,
        cancellationToken);

    /// <summary>What Socket.IO's encoder refuses, so that what works here works over a WebSocket as well.</summary>
    private static void ThrowIfTooManyAttachments(ConatChunk chunk)
    {
        if (chunk.Headers is not null && SocketIoCodec.CountAttachments(chunk.Headers) >= SocketIoCodec.MaxAttachments)
        {
            throw new ArgumentException($"A packet has at most {SocketIoCodec.MaxAttachments} byte arrays.", nameof(chunk));
        }
    }

    private static ConatException Failure(BrokerError error) => new("Error: " + error.Text, Code(error));

    private static string? Code(BrokerError error) => error.Code?.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private ValueTask<SubscribeOutcome> AddAsync(ConatInterest interest) => _session.SubscribeAsync(interest.Subject, interest.Queue, _ending.Token);

    private static async Task AnswerWhenRoomAsync(TaskCompletionSource<long> answer, int count, Task room)
    {
        await room.ConfigureAwait(false);
        answer.TrySetResult(count);
    }

    private async ValueTask<PublishOutcome> RouteAsync(ConatChunk chunk)
    {
        _message.Begin(chunk);
        try
        {
            return await _session.PublishAsync(_message, _ending.Token).ConfigureAwait(false);
        }
        finally
        {
            _message.End();
        }
    }

    /// <summary>The subscriber knows before those who waited for it.</summary>
    private void Notify(ConatInterest interest, SubscribeOutcome outcome)
    {
        if (outcome.IsNewPattern)
        {
            _broker.Waiters.Notify(interest.Subject);
        }
    }

    /// <summary>The event <c>permission</c>, if that is what the error is.</summary>
    private void Tell(BrokerError? error, string subject, bool isPublish)
    {
        if (error is { Code: BrokerError.Denied })
        {
            Add(new Delivery("", null, OverheadBytes, to => to.OnPermissionDenied(new ConatPermissionDenied(error.Text, subject, isPublish))));
        }
    }

    /// <summary>The answer comes after the event, as on a wire.</summary>
    private void Refuse<T>(TaskCompletionSource<T> answer, BrokerError error, string subject, bool isPublish)
    {
        if (error.Code != BrokerError.Denied)
        {
            answer.TrySetException(Failure(error));
            return;
        }

        Tell(error, subject, isPublish);
        Add(new Delivery("", null, OverheadBytes, _ => answer.TrySetException(Failure(error))));
    }

    private async Task<T> AskAsync<T>(Func<TaskCompletionSource<T>, ValueTask> command, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var answer = await BeginAsync(command, timeout, cancellationToken).ConfigureAwait(false);
        return await answer.ConfigureAwait(false);
    }

    /// <returns>When there was room for the command, the task of its answer.</returns>
    private async Task<Task<T>> BeginAsync<T>(Func<TaskCompletionSource<T>, ValueTask> command, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await _commands.Writer.WriteAsync(() => command(answer), cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw ConatException.Disconnected();
        }

        return WaitAsync(answer.Task, timeout, cancellationToken);
    }

    private async Task<T> WaitAsync<T>(Task<T> answer, TimeSpan timeout, CancellationToken cancellationToken)
    {
        // Also the end of the connection ends the wait.
        try
        {
            await Task.WhenAny(answer, _completion.Task).WaitAsync(timeout, _broker.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw ConatException.TimedOut();
        }

        return answer.IsCompleted ? await answer.ConfigureAwait(false) : throw ConatException.Disconnected();
    }
}
