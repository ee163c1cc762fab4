using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat;

/// <summary>Services and their callers (spec 05 §8.7).</summary>
public sealed partial class ConatClient
{
    /// <summary>How long the last answer to a call of many is waited for.</summary>
    private static readonly TimeSpan DefaultCallManyWait = TimeSpan.FromSeconds(30);

    /// <summary>Serves the methods on a subject or pattern; waits until calls really come.</summary>
    /// <exception cref="ConatException">As of subscribing.</exception>
    public async Task<ConatService> ServiceAsync(
        string subject, IReadOnlyDictionary<string, ConatMethod> methods, ServiceOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(methods);
        options ??= new ServiceOptions();
        var subscription = await SubscribeAsync(subject, Options(options), cancellationToken).ConfigureAwait(false);
        return new ConatService(this, subscription, methods, options);
    }

    /// <summary>Serves the methods on a subject or pattern, as soon as there is a connection.</summary>
    /// <exception cref="ConatException">As of subscribing.</exception>
    public ConatService Service(string subject, IReadOnlyDictionary<string, ConatMethod> methods, ServiceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(methods);
        options ??= new ServiceOptions();
        return new ConatService(this, Subscribe(subject, Options(options)), methods, options);
    }

    /// <summary>Calls a service's method.</summary>
    /// <exception cref="ConatException">The service's error, <c>Error: …</c>; and as of requests.</exception>
    public async Task<WireValue> CallAsync(
        string subject, string name, ImmutableArray<WireValue> arguments, PublishOptions? options = null, CancellationToken cancellationToken = default)
    {
        var reply = await RequestAsync(subject, CallPayload(name, arguments), options, cancellationToken).ConfigureAwait(false);
        return ConatHeaders.ErrorIn(reply.Headers) is { } error ? throw error : reply.Data;
    }

    /// <summary>Calls the method of every service there is, and yields their answers.</summary>
    /// <inheritdoc cref="RequestManyAsync"/>
    public async IAsyncEnumerable<ConatReply> CallManyAsync(
        string subject,
        string name,
        ImmutableArray<WireValue> arguments,
        PublishOptions? options = null,
        TimeSpan? maxWait = null,
        int? maxMessages = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var replies = RequestManyAsync(subject, CallPayload(name, arguments), options, maxWait ?? DefaultCallManyWait, maxMessages, cancellationToken);
        await foreach (var reply in replies.ConfigureAwait(false))
        {
            var error = ConatHeaders.ErrorIn(reply.Headers);
            yield return new ConatReply(error is null ? reply.Data : WireValue.Null, error);
        }
    }

    internal void LogFailure(string message, Exception exception) => Log(message, exception);

    private static WireValue.Items CallPayload(string name, ImmutableArray<WireValue> arguments) => new([name, new WireValue.Items(arguments)]);

    private static SubscribeOptions Options(ServiceOptions options) =>
        new() { Queue = options.Queue, MaxMessages = options.MaxWaitingCalls, Overflow = ConatOverflow.DropNewest };
}
