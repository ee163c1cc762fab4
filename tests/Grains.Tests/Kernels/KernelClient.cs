using System.Text;
using System.Text.Json;
using ProjectSilo.Grains.Kernels.Wire;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Kernels;

/// <summary>Executes and asks by a connection, one thing after the other.</summary>
internal sealed class KernelClient(KernelConnection connection) : IAsyncDisposable
{
    private readonly IAsyncEnumerator<KernelMessage> _messages = connection.Messages(default).GetAsyncEnumerator();

    /// <summary>Sends a request.</summary>
    /// <returns>It, with its id.</returns>
    public async Task<JupyterMessage> Send(KernelChannel channel, string type, string content)
    {
        var message = JupyterMessage.Create(type, $"{type}_{Guid.NewGuid()}", Encoding.UTF8.GetBytes(content), DateTimeOffset.UtcNow);
        await connection.Send(channel, message, default).AsTask().Within();
        return message;
    }

    public Task<JupyterMessage> SendCode(string code, bool allowsInput = false) =>
        Send(KernelChannel.Shell, "execute_request", $$$"""{"code":{{{JsonSerializer.Serialize(code)}}},"silent":false,"store_history":true,"user_expressions":{},"allow_stdin":{{{(allowsInput ? "true" : "false")}}}}""");

    public async Task<KernelMessage> Next()
    {
        Assert.True(await _messages.MoveNextAsync().AsTask().Within(), "the connection has ended");
        return _messages.Current;
    }

    /// <summary>The next message of a channel about a request.</summary>
    public async Task<JupyterMessage> Next(KernelChannel channel, JupyterMessage request, string type)
    {
        while (true)
        {
            var next = await Next();
            if (next.Channel == channel && next.Message.ParentId == request.MessageId && next.Message.MessageType == type)
            {
                return next.Message;
            }
        }
    }

    /// <summary>All that comes of a request: to both its reply and <c>idle</c>, in any order.</summary>
    public async Task<List<KernelMessage>> Finish(JupyterMessage request)
    {
        var all = new List<KernelMessage>();
        for (bool isReplied = false, isIdle = false; !isReplied || !isIdle;)
        {
            var next = await Next();
            if (next.Message.ParentId == request.MessageId)
            {
                all.Add(next);
                isReplied |= next.Channel == KernelChannel.Shell;
                isIdle |= next.Message.ExecutionState == "idle";
            }
        }

        return all;
    }

    public async Task<List<KernelMessage>> Execute(string code) => await Finish(await SendCode(code));

    /// <summary>Answers what the code of a request asks for.</summary>
    public Task Answer(JupyterMessage request, string value) => connection.Send(
        KernelChannel.Stdin,
        new JupyterMessage
        {
            MessageId = "input_reply_1",
            MessageType = "input_reply",
            Header = JupyterMessage.Create("input_reply", "input_reply_1", default, DateTimeOffset.UtcNow).Header,
            ParentHeader = request.Header,
            Content = JsonSerializer.SerializeToUtf8Bytes(new { value }),
        },
        default).AsTask().Within();

    public ValueTask DisposeAsync() => _messages.DisposeAsync();

    /// <summary>A member of a message's content, as text.</summary>
    public static string? Text(JupyterMessage message, string member)
    {
        using var content = JsonDocument.Parse(message.Content);
        return content.RootElement.TryGetProperty(member, out var value) ? value.ToString() : null;
    }

    /// <summary>The result of an expression among what came of it.</summary>
    public static string Result(IEnumerable<KernelMessage> messages)
    {
        using var content = JsonDocument.Parse(messages.Single(m => m.Message.MessageType == "execute_result").Message.Content);
        return content.RootElement.GetProperty("data").GetProperty("text/plain").GetString()!;
    }
}
