using System.Collections.Immutable;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Services;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;

namespace ProjectSilo.Gateways.Conat;

/// <summary>The API of another compute server, over its subject <c>project.&lt;id&gt;.&lt;cs&gt;.api.-</c> (spec 06 §3.1).</summary>
internal sealed class BusApi(ConatClient client, string subject, ConatGatewayOptions options, TimeProvider time) : IApi
{
    private readonly ConatServiceClient _service = new(client, subject, ServiceClientOptions.Api);

    /// <inheritdoc />
    public async ValueTask<WireValue> Invoke(string name, ImmutableArray<WireValue> arguments, string caller, CancellationToken cancellationToken)
    {
        var timeout = CallTimeouts.Of(name, arguments, options);
        using var limit = new CancellationTokenSource(timeout, time);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await WaitUntilThere(timeout, giveUp.Token).ConfigureAwait(false);
            return await _service.CallAsync(name, WithoutComputeServer(arguments), timeout, giveUp.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException();
        }
        catch (ConatException error) when (error.Code is "503")
        {
            throw ApiTable.NoConnection();
        }
        catch (ConatException error) when (error.Code is null)
        {
            // Its own text. The caller's error lacks the prefix that the original has.
            throw new RemoteException((error.InnerException ?? error).Message);
        }
    }

    /// <summary>It may just be starting, or the bus be away, but nobody waits for the whole time of a long command to be told that it is off.</summary>
    private async Task WaitUntilThere(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var wait = timeout < options.ComputeServerWait ? timeout : options.ComputeServerWait;
        using var limit = new CancellationTokenSource(wait, time);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            if (await client.WaitForInterestAsync(subject, wait, giveUp.Token).ConfigureAwait(false))
            {
                return;
            }
        }
        catch (ConatException error) when (error.Code is "408" or null)
        {
            // Not in time, or the connection was lost.
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Not even signed in.
        }

        throw ApiTable.NoConnection();
    }

    /// <summary>A daemon that gets the member on its own subject may take it for a request to pass on (spec 09 §1.12).</summary>
    private static ImmutableArray<WireValue> WithoutComputeServer(ImmutableArray<WireValue> arguments) =>
        arguments is [WireValue.Members first, ..]
            ? arguments.SetItem(0, new WireObject().AddAll(first, "compute_server_id").Build())
            : arguments;
}
