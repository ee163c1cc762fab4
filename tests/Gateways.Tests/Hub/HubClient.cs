using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using ProjectSilo.Tests;

namespace ProjectSilo.Gateways.Tests.Hub;

/// <summary>A hub, as far as its end of the wire goes. Written from spec 02 and on purpose without the product's codec.</summary>
internal sealed class HubClient : IDisposable
{
    private readonly TcpClient _client = new() { NoDelay = true };

    public Socket Socket => _client.Client;

    private NetworkStream Stream => _client.GetStream();

    public static async Task<HubClient> Connect(ProjectHost host)
    {
        var client = new HubClient();
        await client._client.ConnectAsync(host.HubEndpoint).Within();
        return client;
    }

    public static async Task<HubClient> Unlock(ProjectHost host)
    {
        var client = await Connect(host);
        await client.Send(Encoding.ASCII.GetBytes(ProjectHost.Token));
        Assert.Equal("79", Convert.ToHexStringLower(await client.Receive(1)));
        return client;
    }

    public Task Send(byte[] bytes) => Stream.WriteAsync(bytes).AsTask().Within();

    public Task SendHex(string hex) => Send(Convert.FromHexString(hex));

    public Task SendJson(JsonNode json) => Send(Frame('j', Encoding.UTF8.GetBytes(json.ToJsonString())));

    public static byte[] Frame(char type, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[5 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length + 1);
        frame[4] = (byte)type;
        payload.CopyTo(frame.AsSpan(5));
        return frame;
    }

    public async Task<byte[]> Receive(int count)
    {
        var bytes = new byte[count];
        await Stream.ReadExactlyAsync(bytes).AsTask().Within();
        return bytes;
    }

    /// <summary>All bytes until the other side closes.</summary>
    public async Task<byte[]> ReceiveToEnd()
    {
        using var all = new MemoryStream();
        try
        {
            await Stream.CopyToAsync(all).Within();
        }
        catch (IOException)
        {
            // Reset instead of closed: also the end.
        }

        return all.ToArray();
    }

    public async Task<(char Type, byte[] Payload)> ReceiveFrame()
    {
        var length = BinaryPrimitives.ReadInt32BigEndian(await Receive(4));
        var frame = await Receive(length);
        return ((char)frame[0], frame[1..]);
    }

    public async Task<JsonObject> ReceiveJson()
    {
        var (type, payload) = await ReceiveFrame();
        Assert.Equal('j', type);
        return JsonNode.Parse(payload)!.AsObject();
    }

    public async Task<JsonObject> Call(JsonNode request)
    {
        await SendJson(request);
        return await ReceiveJson();
    }

    public async Task AssertAlive()
    {
        var answer = await Call(new JsonObject { ["event"] = "ping", ["id"] = "alive?" });
        Assert.Equal("pong", (string?)answer["event"]);
    }

    public void Dispose() => _client.Dispose();
}
