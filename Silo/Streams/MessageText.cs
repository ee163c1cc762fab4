using System.Globalization;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Silo.Streams;

/// <summary>A message of a stream as a line of JSON: <c>{"seq":2,"time":"2026-11-28T…Z","key":"k","headers":{…},"data":…}</c>.</summary>
internal static class MessageText
{
    /// <summary>The line.</summary>
    public static string Of(StoredMessage message)
    {
        var isDecoded = ConatPayload.TryDecode(message.Raw, message.Encoding, out var data);
        return WireJson.ToText(new WireObject
        {
            [PersistHeaders.Seq] = message.Seq,
            [PersistHeaders.Time] = DateTimeOffset.FromUnixTimeMilliseconds(message.Time).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
            [PersistHeaders.Key] = message.Key is null ? null : (WireValue)message.Key,
            [PersistHeaders.Headers] = message.Headers is null ? null : Readable(message.Headers),
            ["data"] = Readable(isDecoded ? data : new WireValue.Bytes(message.Raw)),
        }.Build());
    }

    /// <summary>The line of an event.</summary>
    public static string Of(StreamEvent streamEvent) =>
        streamEvent is StreamEvent.Stored stored ? Of(stored.Message) : WireJson.ToText(streamEvent.ToWire());

    /// <summary>Bytes, which JSON hasn't, as <c>{"base64":"AAE="}</c>.</summary>
    private static WireValue Readable(WireValue value) => value switch
    {
        WireValue.Bytes bytes => new WireObject { ["base64"] = Convert.ToBase64String(bytes.Value.Span) }.Build(),
        WireValue.Items items => new WireValue.Items([.. items.Values.Select(Readable)]),
        WireValue.Members members => new WireValue.Members([.. members.Values.Select(member => KeyValuePair.Create(member.Key, Readable(member.Value)))]),
        _ => value,
    };
}
