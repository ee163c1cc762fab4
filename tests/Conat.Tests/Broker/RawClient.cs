using System.Net.WebSockets;
using System.Text;

namespace ProjectSilo.Tests.Broker;

/// <summary>A WebSocket by hand: sends and receives single frames, so that nothing of ours stands between a test and the broker.</summary>
internal sealed class RawClient(ClientWebSocket socket) : IDisposable
{
    private readonly byte[] _buffer = new byte[9_000_000];

    public ClientWebSocket Socket => socket;

    public Task SendAsync(string text) => socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, CancellationToken.None).Within();

    public Task SendAsync(byte[] bytes) => socket.SendAsync(bytes, WebSocketMessageType.Binary, true, CancellationToken.None).Within();

    /// <summary>
    /// The next frame: a text as it is, binary as <c>#</c> and hex, the end as <c>close</c> and its code, <c>lost</c> without a close frame. .NET calls a close frame
    /// without a code 1000; <c>BrokerEndpointTests</c> looks at its bytes.
    /// </summary>
    public async Task<string> ReceiveAsync()
    {
        try
        {
            var length = 0;
            while (true)
            {
                var part = await socket.ReceiveAsync(_buffer.AsMemory(length), CancellationToken.None).AsTask().Within();
                length += part.Count;
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return $"close {(int?)socket.CloseStatus}";
                }

                if (part.EndOfMessage)
                {
                    return part.MessageType == WebSocketMessageType.Text
                        ? Encoding.UTF8.GetString(_buffer, 0, length)
                        : "#" + Convert.ToHexStringLower(_buffer.AsSpan(0, length));
                }
            }
        }
        catch (Exception end) when (end is WebSocketException or ObjectDisposedException || (end is OperationCanceledException && socket.State == WebSocketState.Aborted))
        {
            return "lost";
        }
    }

    /// <summary>Sends an event and gives what comes next.</summary>
    public async Task<string> AskAsync(string text)
    {
        await SendAsync(text);
        return await ReceiveAsync();
    }

    public async Task SignInAsync()
    {
        Assert.StartsWith("0{\"sid\":", await ReceiveAsync(), StringComparison.Ordinal);
        await SendAsync("40");
        Assert.StartsWith("40{\"sid\":", await ReceiveAsync(), StringComparison.Ordinal);
        Assert.StartsWith("420[\"info\",", await ReceiveAsync(), StringComparison.Ordinal);
        await SendAsync("430[]");
    }

    public void Dispose() => socket.Dispose();
}
