using Microsoft.Extensions.Logging;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Services;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;

namespace ProjectSilo.Gateways.Conat;

/// <summary>Keeps one service on the bus: offers it, again if the broker refuses it, until it is stopped.</summary>
internal sealed partial class ServedService(
    IBusService service, ConatClient client, ApiIdentity identity, ConatGatewayOptions options, TimeProvider time, ILogger logger)
{
    private const double RetryGrowth = 1.3;

    /// <summary>Protects the two fields below.</summary>
    private readonly Lock _gate = new();
    private ConatService? _served;
    private bool _isStopped;

    /// <summary>Its name, e.g. <c>files:read</c>.</summary>
    public string Name => service.Name;

    /// <summary>Serves until <see cref="Stop"/> or the token asks for the end; then takes nothing more and cancels what runs.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var subject = service.Subject(identity);
        var delay = options.FirstRetryDelay;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await using var served = await client.ServiceAsync(subject, _ => Handle, Options(), cancellationToken).ConfigureAwait(false);
                if (!TryBegin(served))
                {
                    return;
                }

                LogServed(logger, subject);
                delay = options.FirstRetryDelay;
                await served.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (ConatException exception)
            {
                LogRefused(logger, subject, exception);
            }

            await Task.Delay(delay, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            delay = delay * RetryGrowth < options.MaxRetryDelay ? delay * RetryGrowth : options.MaxRetryDelay;
        }
    }

    /// <summary>Takes no more calls, for good; what has come is still answered.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _isStopped = true;
            _served?.Stop();
        }
    }

    private bool TryBegin(ConatService served)
    {
        lock (_gate)
        {
            _served = served;
            return !_isStopped;
        }
    }

    private ServiceOptions Options() => service.Options with
    {
        MaxConcurrentCalls = options.MaxConcurrentCalls,
        MaxWaitingCalls = options.MaxWaitingCalls,
        ErrorText = WireErrors.Text,
    };

    private async ValueTask<WireValue> Handle(ConatCall call, CancellationToken cancellationToken)
    {
        using var request = new BusRequest(service.Name, service.MethodOf(call), call.Message.Reply, time, logger);
        try
        {
            return await service.Handle(call, request, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // The edge of a request; the dispatcher answers with the same text.
            request.Fail(exception);
            throw;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Serving {Subject}")]
    private static partial void LogServed(ILogger logger, string subject);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Subject} can't be served now; it is tried again")]
    private static partial void LogRefused(ILogger logger, string subject, Exception exception);
}
