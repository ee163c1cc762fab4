using System.Collections.Immutable;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Services;

/// <summary>
/// How calls, pings and errors are written. That is all in which the bus' services differ (spec 06 §17); <see cref="ConatService"/> serves them all, and
/// <see cref="ConatServiceClient"/> calls them.
/// </summary>
public abstract class ServiceProtocol
{
    private const string ErrorPrefix = "Error: ";

    private protected ServiceProtocol()
    {
    }

    /// <summary>
    /// The API of projects and hubs (spec 06 §3): <c>{"name":"system.ping","args":[]}</c>; the name <c>ping</c> is answered by <c>"pong"</c>, a failure by
    /// <c>{"error":"Error: …"}</c>. Of a name with more dots the first two parts count.
    /// </summary>
    public static ServiceProtocol Api { get; } = new ApiProtocol();

    /// <summary>
    /// Typed services (spec 06 §5): <c>{"name":"watch","args":["x"]}</c>; the payload <c>"ping"</c> is answered by <c>"pong"</c>, a failure by
    /// <c>{"error":"Error: …"}</c>.
    /// </summary>
    public static ServiceProtocol Typed { get; } = new TypedProtocol();

    /// <summary>Services of the core client (spec 05 §8.7): <c>["mul",[2,3]]</c>; a failure is answered by null with the header <c>error: "Error: …"</c>.</summary>
    public static ServiceProtocol Core { get; } = new CoreProtocol();

    /// <summary>One method without a name: the payload is its only argument, e.g. <c>{"path":"a.txt"}</c>; a failure is answered by <c>{"error":"Error: …"}</c>.</summary>
    public static ServiceProtocol Message { get; } = new MessageProtocol();

    /// <summary>Reads a call. Malformed calls have an <see cref="ServiceRequest.Error"/>.</summary>
    internal abstract ServiceRequest Decode(WireValue payload);

    /// <summary>Writes a call.</summary>
    internal abstract WireValue Encode(string name, ImmutableArray<WireValue> arguments);

    /// <summary>Why there is no such method.</summary>
    internal virtual string UnknownText(string name) => $"{ErrorPrefix}unknown function '{name}'";

    /// <summary>Writes a failure: payload and headers.</summary>
    internal virtual (WireValue Data, WireValue? Headers) Failure(string text) => (new WireObject { [ConatHeaders.Error] = text }.Build(), null);

    /// <summary>The failure that a reply is; null if it is none.</summary>
    internal virtual ConatException? ErrorIn(ConatMessage reply) => ConatException.In(reply.Data);

    /// <summary>A failure as the caller of <paramref name="name"/> is told it.</summary>
    internal virtual ConatException Raised(string name, ConatException error) => error;

    private static ServiceRequest Named(WireValue name, WireValue arguments) => arguments switch
    {
        WireValue.Nothing => new ServiceRequest(name.ScalarToText() ?? name.Show(), []),
        WireValue.Items items => new ServiceRequest(name.ScalarToText() ?? name.Show(), items.Values),
        _ => ServiceRequest.Malformed($"{ErrorPrefix}args must be an array"),
    };

    private class ApiProtocol : ServiceProtocol
    {
        internal override ServiceRequest Decode(WireValue payload)
        {
            var members = payload as WireValue.Members ?? new WireValue.Members([]);
            var request = Named(members["name"], members["args"]);
            return request.Name == "ping" ? ServiceRequest.Ping : request with { Name = FirstTwoParts(request.Name) };
        }

        internal override WireValue Encode(string name, ImmutableArray<WireValue> arguments) =>
            new WireObject { ["name"] = name, ["args"] = new WireValue.Items(arguments) }.Build();

        internal override ConatException Raised(string name, ConatException error) =>
            error.Message.StartsWith(ErrorPrefix, StringComparison.Ordinal) ? new ConatException(error.Message[ErrorPrefix.Length..], error.Code, error) : error;

        private static string FirstTwoParts(string name)
        {
            var first = name.IndexOf('.', StringComparison.Ordinal);
            var second = first < 0 ? -1 : name.IndexOf('.', first + 1);
            return second < 0 ? name : name[..second];
        }
    }

    private sealed class TypedProtocol : ApiProtocol
    {
        internal override ServiceRequest Decode(WireValue payload)
        {
            var members = payload as WireValue.Members ?? new WireValue.Members([]);
            return payload is WireValue.Text { Value: "ping" } ? ServiceRequest.Ping : Named(members["name"], members["args"]);
        }

        internal override ConatException Raised(string name, ConatException error) =>
            new($"calling remote function '{name}': {error.Message}", error.Code, error);
    }

    private sealed class CoreProtocol : ServiceProtocol
    {
        internal override ServiceRequest Decode(WireValue payload) =>
            payload is WireValue.Items { Values: [var name, .. var rest] } ? Named(name, rest is [var arguments, ..] ? arguments : WireValue.Null) : Named(WireValue.Null, WireValue.Null);

        internal override WireValue Encode(string name, ImmutableArray<WireValue> arguments) => new WireValue.Items([name, new WireValue.Items(arguments)]);

        internal override string UnknownText(string name) => $"{ErrorPrefix}{name} not defined";

        internal override (WireValue Data, WireValue? Headers) Failure(string text) => (WireValue.Null, new WireObject { [ConatHeaders.Error] = text }.Build());

        internal override ConatException? ErrorIn(ConatMessage reply) => ConatHeaders.ErrorIn(reply.Headers);
    }

    private sealed class MessageProtocol : ServiceProtocol
    {
        internal override ServiceRequest Decode(WireValue payload) => new("", [payload]);

        internal override WireValue Encode(string name, ImmutableArray<WireValue> arguments) => arguments.IsEmpty ? WireValue.Null : arguments[0];
    }
}
