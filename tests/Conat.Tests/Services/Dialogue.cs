using System.Text;
using System.Text.Json;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Core.SocketIo;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Services;

/// <summary>A captured dialogue: what its parties send to the broker, in order (<c>conat-socket.json</c>, <c>conat-services.json</c>).</summary>
/// <param name="Name">The scenario's.</param>
/// <param name="Scenario">All of it.</param>
/// <param name="Steps">What is sent.</param>
internal sealed record Dialogue(string Name, JsonElement Scenario, IReadOnlyList<DialogueStep> Steps)
{
    public static IEnumerable<Dialogue> Load(string vectors)
    {
        foreach (var scenario in Vectors.Load(vectors).GetProperty("scenarios").EnumerateArray())
        {
            var steps = scenario.TryGetProperty("frames", out var frames) ? ReadSteps(frames).ToList() : [];
            yield return new Dialogue(scenario.GetProperty("name").GetString()!, scenario, steps);
        }
    }

    private static IEnumerable<DialogueStep> ReadSteps(JsonElement frames)
    {
        var decoders = new Dictionary<string, SocketIoDecoder>();
        foreach (var frame in frames.EnumerateArray().Where(frame => frame.GetProperty("dir").GetString() == "c2s"))
        {
            var party = frame.GetProperty("party").GetString()!;
            var type = frame.GetProperty("type").GetString();
            if (type == "close")
            {
                yield return new DialogueStep(party, "close", "");
                continue;
            }

            if (!decoders.TryGetValue(party, out var decoder))
            {
                decoders.Add(party, decoder = new SocketIoDecoder());
            }

            SocketIoPacket? packet = null;
            if (type == "binary")
            {
                Assert.True(decoder.TryBinary(Bytes(frame), out packet, out _));
            }
            else if (frame.GetProperty("text").GetString() is ['4', .. var text])
            {
                Assert.True(decoder.TryText(Encoding.UTF8.GetBytes(text), out packet, out _));
            }

            foreach (var step in packet is null ? [] : Read(party, packet))
            {
                yield return step;
            }
        }
    }

    /// <summary>Large payloads are recorded by their length and beginning; the rest repeats its last byte.</summary>
    private static byte[] Bytes(JsonElement frame)
    {
        if (frame.TryGetProperty("hex", out var hex))
        {
            return Convert.FromHexString(hex.GetString()!);
        }

        var head = Convert.FromHexString(frame.GetProperty("hexHead").GetString()!);
        var bytes = new byte[frame.GetProperty("bytes").GetInt32()];
        Array.Fill(bytes, head[^1]);
        head.CopyTo(bytes, 0);
        return bytes;
    }

    private static IEnumerable<DialogueStep> Read(string party, SocketIoPacket packet)
    {
        if (packet.EventName is not ("publish" or "subscribe" or "unsubscribe") || packet.Arguments is not [var argument, ..])
        {
            return [];
        }

        if (packet.EventName != "publish")
        {
            return (argument is WireValue.Items many ? many.Values : [argument]).Select(one =>
                new DialogueStep(party, packet.EventName, ((WireValue.Members)one)["subject"].AsText()!, ((WireValue.Members)one)["queue"].AsText()));
        }

        var list = ((WireValue.Items)argument).Values;
        var message = new ConatMessage(list[0].AsText()!, ((WireValue.Bytes)list[5]).Value, 0, list.Length > 6 ? list[6] : null);
        return [new DialogueStep(party, "publish", message.Subject, Message: message)];
    }
}
