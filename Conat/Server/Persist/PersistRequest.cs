using System.Collections.Immutable;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Server.Persist.Storage;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Server.Persist;

/// <summary>Reads the parameters of commands (spec 07 §1.7), as a pure function. What is wrong with them is an error with code 400.</summary>
internal static class PersistRequest
{
    /// <summary>The message of <c>set</c>: its parameters are headers, the payload is the message.</summary>
    /// <exception cref="ConatException">Code 400.</exception>
    public static NewMessage Message(ConatMessage request) => Message(Parameters(request), request.Encoding, request.Raw, Parameters(request)[PersistHeaders.Headers]);

    /// <summary>
    /// One message of <c>setMany</c>: <c>{"messageData":{"encoding":0,"raw":bytes,"headers":{…}},"key":"k","ttl":…,"previousSeq":…,"msgID":"m"}</c>.
    /// </summary>
    /// <exception cref="ConatException">Code 400.</exception>
    public static NewMessage Message(WireValue element) =>
        element is WireValue.Members members && members[PersistHeaders.MessageData] is WireValue.Members data && data[PersistHeaders.Raw] is WireValue.Bytes raw
        && data[PersistHeaders.Encoding].AsNumber() is >= 0 and <= int.MaxValue and var encoding
            ? Message(members, (int)encoding, raw.Value, data[PersistHeaders.Headers])
            : throw Wrong("messageData must be given, with encoding and raw");

    /// <summary>The elements of <c>setMany</c>.</summary>
    /// <exception cref="ConatException">Code 400.</exception>
    public static ImmutableArray<WireValue> Messages(ConatMessage request) =>
        request.TryRead(out var body) && body is WireValue.Items items ? items.Values : throw Wrong("the messages must be an array");

    /// <summary>A number; null if it isn't given.</summary>
    /// <exception cref="ConatException">Code 400.</exception>
    public static long? Number(WireValue.Members parameters, string name) => parameters[name] switch
    {
        WireValue.Nothing => null,
        var value when value.AsNumber() is { } number && double.IsFinite(number) => (long)Math.Clamp(Math.Truncate(number), long.MinValue, MaxNumber),
        _ => throw Wrong($"{name} must be a number"),
    };

    /// <summary>A list of numbers; null if it isn't given.</summary>
    /// <exception cref="ConatException">Code 400.</exception>
    public static ImmutableArray<long>? Numbers(WireValue.Members parameters, string name)
    {
        if (parameters[name] is WireValue.Nothing)
        {
            return null;
        }

        if (parameters[name] is not WireValue.Items items)
        {
            throw Wrong($"{name} must be an array of numbers");
        }

        var numbers = ImmutableArray.CreateBuilder<long>(items.Values.Length);
        foreach (var item in items.Values)
        {
            numbers.Add(item is WireValue.Number number && double.IsInteger(number.Value) && Math.Abs(number.Value) < MaxNumber
                ? (long)number.Value
                : throw Wrong($"{name} must be an array of numbers"));
        }

        return numbers.DrainToImmutable();
    }

    /// <summary>The key; null if it isn't given.</summary>
    /// <exception cref="ConatException">Code 400.</exception>
    public static string? Key(WireValue.Members parameters) => parameters[PersistHeaders.Key] switch
    {
        WireValue.Nothing => null,
        WireValue.Text text => text.Value,
        _ => throw Wrong("key must be a string"),
    };

    /// <summary>The parameters; none if the headers are none.</summary>
    public static WireValue.Members Parameters(ConatMessage request) => request.Headers as WireValue.Members ?? NoParameters;

    private static readonly WireValue.Members NoParameters = new([]);

    /// <summary>The largest double below 2^63.</summary>
    private const double MaxNumber = 9223372036854774784;

    private static NewMessage Message(WireValue.Members parameters, int encoding, ReadOnlyMemory<byte> raw, WireValue headers)
    {
        // A name is a text; a number is as good.
        var id = parameters[PersistHeaders.MessageId].ScalarToText();
        return new NewMessage(
            Key(parameters),
            encoding,
            raw,
            headers is WireValue.Nothing ? null : headers,
            Number(parameters, PersistHeaders.Ttl),
            Number(parameters, PersistHeaders.PreviousSeq),
            string.IsNullOrEmpty(id) ? null : id);
    }

    private static ConatException Wrong(string what) => new(what, PersistCodes.BadRequest);
}
