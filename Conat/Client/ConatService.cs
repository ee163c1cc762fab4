using System.Collections.Immutable;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat;

/// <summary>
/// Serves the calls of a subject until it is disposed (spec 05 §8.7). The request <c>["mul",[2,3]]</c> is answered by <c>6</c>, or by null with the header
/// <c>error: "Error: mul not defined"</c>.
/// </summary>
public sealed class ConatService : IAsyncDisposable
{
    private readonly ConatClient _client;
    private readonly ConatSubscription _subscription;
    private readonly IReadOnlyDictionary<string, ConatMethod> _methods;
    private readonly SemaphoreSlim _slots;
    private readonly ServiceOptions _options;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _serving;

    internal ConatService(ConatClient client, ConatSubscription subscription, IReadOnlyDictionary<string, ConatMethod> methods, ServiceOptions options)
    {
        _client = client;
        _subscription = subscription;
        _methods = methods;
        _options = options;
        _slots = new SemaphoreSlim(options.MaxConcurrentCalls);
        _serving = Task.Run(ServeAsync);
    }

    /// <summary>Ends when the service does: it is disposed, the client is, or the broker refuses it.</summary>
    public Task Completion => _serving;

    /// <summary>Takes no more calls, cancels those that run, and waits for their end.</summary>
    public async ValueTask DisposeAsync()
    {
        _subscription.Dispose();
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        for (var i = 0; i < _options.MaxConcurrentCalls; i++)
        {
            await _slots.WaitAsync().ConfigureAwait(false);
        }

        _slots.Dispose();
        _stopping.Dispose();
    }

    private async Task ServeAsync()
    {
        await foreach (var message in _subscription.ConfigureAwait(false))
        {
            try
            {
                await _slots.WaitAsync(_stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            // It gives its slot back at its end, and disposal waits for all slots.
            _ = AnswerAsync(message);
        }
    }

    private async Task AnswerAsync(ConatMessage message)
    {
        await Task.Yield();
        try
        {
            var (data, headers) = await CallAsync(message).ConfigureAwait(false);
            await _client.RespondAsync(message, data, new PublishOptions { Headers = headers }, _stopping.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The service ends.
        }
        catch (Exception exception)
        {
            _client.LogFailure($"a call of '{message.Subject}' could not be answered", exception);
        }
        finally
        {
            _slots.Release();
        }
    }

    private async ValueTask<(WireValue Data, WireValue? Headers)> CallAsync(ConatMessage message)
    {
        try
        {
            var (name, arguments) = Parse(message.Data);
            return _methods.TryGetValue(name, out var method)
                ? (await method(new ConatCall(name, arguments, message), _stopping.Token).ConfigureAwait(false) ?? WireValue.Null, null)
                : Failure($"{name} not defined");
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !_stopping.IsCancellationRequested)
        {
            // The edge of a request: the caller gets the message.
            return Failure(exception.Message);
        }
    }

    private static (string Name, ImmutableArray<WireValue> Arguments) Parse(WireValue data) =>
        data is not WireValue.Items { Values: [var name, .. var rest] } ? ("undefined", [])
        : (name.ScalarToText() ?? name.Show(), rest is [WireValue.Items arguments, ..] ? arguments.Values : []);

    private static (WireValue Data, WireValue? Headers) Failure(string text) =>
        (WireValue.Null, new WireObject { [ConatHeaders.Error] = $"Error: {text}" }.Build());
}
