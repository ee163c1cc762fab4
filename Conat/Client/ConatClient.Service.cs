using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Services;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat;

/// <summary>Services, and the callers of the core client's (spec 05 §8.7).</summary>
public sealed partial class ConatClient
{
    /// <summary>How long the last answer to a call of many is waited for.</summary>
    private static readonly TimeSpan DefaultCallManyWait = TimeSpan.FromSeconds(30);

    internal TimeProvider Time => _options.Time;

    internal TimeSpan RequestTimeout => _options.RequestTimeout;

    /// <summary>Serves the methods on a subject or pattern; waits until calls really come.</summary>
    /// <exception cref="ConatException">As of subscribing.</exception>
    public Task<ConatService> ServiceAsync(
        string subject, IReadOnlyDictionary<string, ConatMethod> methods, ServiceOptions? options = null, CancellationToken cancellationToken = default) =>
        ServiceAsync(subject, methods.GetValueOrDefault, options, cancellationToken);

    /// <summary>Serves the methods that <paramref name="find"/> knows, which gives null for a name that is none; waits until calls really come.</summary>
    /// <exception cref="ConatException">As of subscribing.</exception>
    public async Task<ConatService> ServiceAsync(
        string subject, Func<string, ConatMethod?> find, ServiceOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(find);
        options ??= ServiceOptions.Core;
        var subscription = await SubscribeAsync(subject, Options(options), cancellationToken).ConfigureAwait(false);
        return new ConatService(this, subscription, find, options);
    }

    /// <summary>Serves the methods on a subject or pattern, as soon as there is a connection.</summary>
    /// <exception cref="ConatException">As of subscribing.</exception>
    public ConatService Service(string subject, IReadOnlyDictionary<string, ConatMethod> methods, ServiceOptions? options = null) =>
        Service(subject, methods.GetValueOrDefault, options);

    /// <summary>Serves the methods that <paramref name="find"/> knows, which gives null for a name that is none, as soon as there is a connection.</summary>
    /// <exception cref="ConatException">As of subscribing.</exception>
    public ConatService Service(string subject, Func<string, ConatMethod?> find, ServiceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(find);
        options ??= ServiceOptions.Core;
        return new ConatService(this, Subscribe(subject, Options(options)), find, options);
    }

    /// <summary>Calls a core service's method. Other kinds: <see cref="ConatServiceClient"/>.</summary>
    /// <exception cref="ConatException">The service's error, <c>Error: …</c>; and as of requests.</exception>
    public async Task<WireValue> CallAsync(
        string subject, string name, ImmutableArray<WireValue> arguments, PublishOptions? options = null, CancellationToken cancellationToken = default)
    {
        var reply = await RequestAsync(subject, ServiceProtocol.Core.Encode(name, arguments), options, cancellationToken).ConfigureAwait(false);
        return ServiceProtocol.Core.ErrorIn(reply) is { } error ? throw error : reply.Data;
    }

    /// <summary>Calls the method of every core service there is, and yields their answers.</summary>
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
        var request = ServiceProtocol.Core.Encode(name, arguments);
        var replies = RequestManyAsync(subject, request, options, maxWait ?? DefaultCallManyWait, maxMessages, cancellationToken);
        await foreach (var reply in replies.ConfigureAwait(false))
        {
            var error = ServiceProtocol.Core.ErrorIn(reply);
            yield return new ConatReply(error is null ? reply.Data : WireValue.Null, error);
        }
    }

    internal void LogFailure(string message, Exception exception) => Log(message, exception);

    internal void LogDropped(string message) => Log(message);

    /// <summary>The service's reader never waits, so the subscription fills only when it is flooded; what has no room is dropped then, and its caller times out.</summary>
    private static SubscribeOptions Options(ServiceOptions options) => new() { Queue = options.Queue, Overflow = ConatOverflow.DropNewest };
}
