using System.Collections.Immutable;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Sockets;

/// <summary>
/// Subjects, commands and payloads of sockets (spec 06 §6.1, §6.2, §6.4), as pure functions. A message with the header <c>CN-SocketCmd</c> is a command, else one with
/// <c>CN-Reply</c> a request of the application, else data with its number in <c>CN-SocketSeq</c>.
/// </summary>
internal static class SocketWire
{
    public const string Connect = "connect";
    public const string Close = "close";
    public const string Ping = "ping";
    public const string Socket = "socket";
    public const string Connected = "connected";
    public const string Closed = "closed";

    /// <summary>The error of what the sender has no more.</summary>
    public const string NoData = "nodata";

    private const double MaxSafeInteger = 9007199254740991;

    public static string StatusSubject(string subject) => $"{subject}.server.status";

    public static string ServerSubject(string subject, string listener, string connector) => $"{subject}.server.{listener}.{connector}";

    public static string ClientSubject(string subject, string connector) => $"{subject}.client.{connector}";

    /// <summary>An id is one token that can be published to.</summary>
    public static bool IsId(string? id) => id is not null && Subjects.IsPublishable(id) && !id.Contains(Subjects.Separator);

    /// <summary>The headers of a command; <c>connect</c> and <c>close</c> of a connector have its id beside.</summary>
    public static WireValue.Members Command(string command, string? id = null) => new WireObject { [ConatHeaders.SocketCommand] = command, ["id"] = id is null ? null : (WireValue)id }.Build();

    /// <summary><c>{"socket":{"emitted":5}}</c>.</summary>
    public static WireValue Emitted(long number) => new WireObject { ["socket"] = new WireObject { ["emitted"] = number }.Build() }.Build();

    /// <summary><c>{"socket":{"missing":[5,7]}}</c>.</summary>
    public static WireValue Missing(ImmutableArray<long> numbers) =>
        new WireObject { ["socket"] = new WireObject { ["missing"] = new WireValue.Items([.. numbers.Select(number => (WireValue)number)]) }.Build() }.Build();

    /// <summary>The number of a data message; null if it has none, or none that can be.</summary>
    public static long? NumberIn(WireValue? headers) => headers is WireValue.Members members ? AsNumber(members[ConatHeaders.SocketSequence]) : null;

    /// <summary>An integer from 1; null for anything else.</summary>
    public static long? AsNumber(WireValue value) =>
        value is WireValue.Number { Value: >= 1 and <= MaxSafeInteger and var number } && double.IsInteger(number) ? (long)number : null;

    /// <summary>The numbers of a question for missing messages; null if it is malformed, or asks for more than <paramref name="max"/>.</summary>
    public static ImmutableArray<long>? Numbers(WireValue.Items missing, int max)
    {
        if (missing.Values.Length > max)
        {
            return null;
        }

        var numbers = ImmutableArray.CreateBuilder<long>(missing.Values.Length);
        foreach (var value in missing.Values)
        {
            if (AsNumber(value) is not { } number)
            {
                return null;
            }

            numbers.Add(number);
        }

        return numbers.DrainToImmutable();
    }

    /// <summary>One message of the answer to such a question: <c>{"encoding":0,"raw":bytes,"headers":{"CN-SocketSeq":5}}</c>.</summary>
    public static WireValue Resent(SocketMessage message) =>
        new WireObject { ["encoding"] = (int)ConatEncoding.MessagePack, ["raw"] = new WireValue.Bytes(message.Raw), ["headers"] = message.Headers }.Build();

    /// <summary>Reads the same.</summary>
    /// <returns>False if it is something else.</returns>
    public static bool TryReadResent(WireValue value, string subject, out long number, out ConatMessage? message)
    {
        (number, message) = (0, null);
        if (value is not WireValue.Members members || members["raw"] is not WireValue.Bytes raw || NumberIn(members["headers"]) is not { } found
            || members["encoding"] is not WireValue.Number { Value: >= 0 and <= int.MaxValue and var encoding })
        {
            return false;
        }

        (number, message) = (found, new ConatMessage(subject, raw.Value, (int)encoding, members["headers"]));
        return true;
    }

    /// <summary>The message as the application gets it: without its number.</summary>
    public static ConatMessage WithoutNumber(ConatMessage message)
    {
        var headers = new WireObject().AddAll((WireValue.Members)message.Headers!, ConatHeaders.SocketSequence).Build();
        return new ConatMessage(message.Subject, message.Raw, message.Encoding, headers.Values.IsEmpty ? null : headers);
    }

    /// <summary>The application's headers, and the number.</summary>
    public static WireValue.Members WithNumber(WireValue.Members? headers, long number) =>
        new WireObject().AddAll(headers ?? new WireValue.Members([]), ConatHeaders.SocketSequence, ConatHeaders.SocketCommand, ConatHeaders.Reply)
            .With(ConatHeaders.SocketSequence, number).Build();
}
