using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Services;

/// <summary>
/// Serves the calls of a subject until it is stopped (spec 05 §8.7, spec 06 §3.1, §5.1): one reader that decodes and never waits, and a queue that runs the methods. It
/// outlives connections. Made by <see cref="ConatClient.ServiceAsync(string, IReadOnlyDictionary{string, ConatMethod}, ServiceOptions, CancellationToken)"/>.
/// </summary>
public sealed class ConatService : IAsyncDisposable
{
    private static readonly WireValue Pong = "pong";

    private readonly ConatClient _client;
    private readonly ConatSubscription _subscription;
    private readonly Func<string, ConatMethod?> _find;
    private readonly ServiceOptions _options;
    private readonly CallQueue _calls;
    private readonly CancellationTokenSource _stopping = new();
    private int _pings;

    internal ConatService(ConatClient client, ConatSubscription subscription, Func<string, ConatMethod?> find, ServiceOptions options)
    {
        _client = client;
        _subscription = subscription;
        _find = find;
        _options = options;
        _calls = new CallQueue(options, RunAsync);
        Completion = Task.Run(ServeAsync);
    }

    /// <summary>Its subject or pattern.</summary>
    public string Subject => _subscription.Subject;

    /// <summary>Ends when the service does and its last call is answered: it is stopped, the client is closed, or the broker refuses it, which fails this.</summary>
    public Task Completion { get; }

    /// <summary>Takes no more calls; those that have come are still served. A method may call this, in <see cref="ConatCall.OnReplied"/> for one.</summary>
    public void Stop() => _subscription.Dispose();

    /// <summary>Takes no more calls, cancels those that run, and waits for their end. Not to be awaited by one of its methods.</summary>
    public async ValueTask DisposeAsync()
    {
        Stop();
        // First, so that no call begins because another one is cancelled.
        _ = _calls.CloseAsync(dropWaiting: true);
        await _stopping.CancelAsync().ConfigureAwait(false);
        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task ServeAsync()
    {
        try
        {
            while (await _subscription.ReadAsync(_stopping.Token).ConfigureAwait(false) is { } message)
            {
                Accept(message);
            }
        }
        catch (OperationCanceledException)
        {
            // It is disposed.
        }
        finally
        {
            await _calls.CloseAsync(dropWaiting: false).ConfigureAwait(false);
        }
    }

    /// <summary>Sees to a message without waiting for anything.</summary>
    private void Accept(ConatMessage message)
    {
        try
        {
            var request = _options.Protocol.Decode(message.Data);
            if (request.IsPing)
            {
                AnswerPing(message);
                return;
            }

            var call = new ConatCall(_client, message, request.Name, request.Arguments);
            if (request.Error is not null)
            {
                Refuse(message, request.Error);
                return;
            }

            call.Key = _options.KeyOf?.Invoke(call);
            if (!_calls.TryAdd(call))
            {
                Refuse(message, "Error: service overloaded -- too many calls are waiting");
            }
        }
        catch (Exception exception)
        {
            // The edge of a request: an undecodable payload, or a key that can't be told.
            Refuse(message, Text(exception));
        }
    }

    /// <summary>Pings wait for nothing, and hold nobody up.</summary>
    private void AnswerPing(ConatMessage message)
    {
        if (Interlocked.Increment(ref _pings) > _options.MaxConcurrentCalls)
        {
            // So many wait for their requesters' interest that this one isn't waited for.
            Interlocked.Decrement(ref _pings);
            _client.Respond(message, Pong);
            return;
        }

        _ = AnswerAsync();

        async Task AnswerAsync()
        {
            await SendAsync(message, Pong, null).ConfigureAwait(false);
            Interlocked.Decrement(ref _pings);
        }
    }

    /// <summary>Answers at once, and keeps nothing for it.</summary>
    private void Refuse(ConatMessage message, string text)
    {
        var (data, headers) = _options.Protocol.Failure(text);
        try
        {
            _client.Respond(message, data, new PublishOptions { Headers = headers });
        }
        catch (Exception exception)
        {
            // E.g. a reply subject that is none.
            _client.LogFailure($"a call of '{message.Subject}' could not be answered", exception);
        }
    }

    private async Task<Task> RunAsync(ConatCall call)
    {
        try
        {
            if (_find(call.Name) is not { } method)
            {
                return FailAsync(call, _options.Protocol.UnknownText(call.Name));
            }

            var result = await method(call, _stopping.Token).ConfigureAwait(false);
            return AnswerAsync(call, result ?? WireValue.Null);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return Task.CompletedTask;
        }
        catch (Exception exception)
        {
            // The edge of a request: the caller gets the message.
            return FailAsync(call, Text(exception));
        }
    }

    private async Task FailAsync(ConatCall call, string text)
    {
        var (data, headers) = _options.Protocol.Failure(text);
        await SendAsync(call.Message, data, headers).ConfigureAwait(false);
        Finish(call);
    }

    private async Task AnswerAsync(ConatCall call, WireValue result)
    {
        if (!call.HasAnswered)
        {
            await SendAsync(call.Message, result, null).ConfigureAwait(false);
        }

        Finish(call);
    }

    private void Finish(ConatCall call)
    {
        try
        {
            call.Replied();
        }
        catch (Exception exception)
        {
            _client.LogFailure($"what was to follow the answer to '{call.Message.Subject}' failed", exception);
        }
    }

    /// <summary>Sends an answer; if it can't be sent, the reason once in its place (spec 06 §5.1). Never fails.</summary>
    private async Task SendAsync(ConatMessage message, WireValue data, WireValue? headers)
    {
        if (message.Reply is null)
        {
            return;
        }

        for (var attempt = 0; attempt < 2; attempt++)
        {
            try
            {
                await _client.RespondAsync(message, data, new PublishOptions { Headers = headers }, _stopping.Token).ConfigureAwait(false);
                return;
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                _client.LogFailure($"a call of '{message.Subject}' could not be answered", exception);
                (data, headers) = _options.Protocol.Failure(Text(exception));
            }
        }
    }

    private string Text(Exception exception) => _options.ErrorText?.Invoke(exception) ?? $"Error: {exception.Message}";
}
