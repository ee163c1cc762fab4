using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Sockets;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Sockets;

/// <summary>Answers each text with the text twice, and <c>who</c> with its id; requests likewise.</summary>
internal sealed class DoublingListener : IAsyncDisposable
{
    private readonly ConatSocketListener _listener;

    private DoublingListener(ConatSocketListener listener)
    {
        _listener = listener;
        _ = Task.Run(AcceptAsync);
    }

    public string Id => _listener.Id;

    public static async Task<DoublingListener> StartAsync(ConatClient client, string subject, ConatSocketOptions? options = null) =>
        new(await client.ListenSocketAsync(subject, options).Within());

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task AcceptAsync()
    {
        await foreach (var connection in _listener)
        {
            _ = Task.Run(() => DoubleAsync(connection));
            _ = Task.Run(() => AnswerAsync(connection));
        }
    }

    private async Task DoubleAsync(ConatSocketConnection connection)
    {
        await foreach (var message in connection)
        {
            try
            {
                connection.Write(Answer(message.Data), message.Headers as WireValue.Members);
            }
            catch (ConatException error) when (error.Code == "EPIPE")
            {
                return;
            }
        }
    }

    private async Task AnswerAsync(ConatSocketConnection connection)
    {
        await foreach (var request in connection.ReadRequestsAsync())
        {
            await connection.RespondAsync(request, Answer(request.Data));
        }
    }

    private WireValue Answer(WireValue data) => data.AsText() == "who" ? Id : data.AsText() + data.AsText();
}
