using ProjectSilo.Conat.Sockets;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Samples;

/// <summary>A stream of texts that come back in capitals, in order, whatever happens to the connections meanwhile.</summary>
public static class SocketSample
{
    /// <summary>Listens with <paramref name="server"/> and connects with <paramref name="client"/>.</summary>
    public static async Task RunAsync(ConatClient server, ConatClient client, TextWriter output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(output);
        var listener = await server.ListenSocketAsync("sample.capitals", cancellationToken: cancellationToken).ConfigureAwait(false);
        var serving = ServeAsync(listener, cancellationToken);

        await using (var socket = client.ConnectSocket("sample.capitals"))
        {
            foreach (var text in (string[])["one", "two", "three"])
            {
                // Waits if too much is unacknowledged; Write fails then.
                await socket.WriteAsync(text, cancellationToken: cancellationToken).ConfigureAwait(false);
                var answer = await socket.ReadAsync(cancellationToken).ConfigureAwait(false);
                await output.WriteLineAsync(answer?.Data.AsText()).ConfigureAwait(false);
            }

            await socket.DrainAsync(cancellationToken).ConfigureAwait(false);
        }

        await listener.DisposeAsync().ConfigureAwait(false);
        await serving.ConfigureAwait(false);
    }

    private static async Task ServeAsync(ConatSocketListener listener, CancellationToken cancellationToken)
    {
        var connections = new List<Task>();
        await foreach (var connection in listener.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            connections.Add(AnswerAsync(connection, cancellationToken));
        }

        await Task.WhenAll(connections).ConfigureAwait(false);
    }

    private static async Task AnswerAsync(ConatSocketConnection connection, CancellationToken cancellationToken)
    {
        await foreach (var message in connection.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            await connection.WriteAsync(message.Data.AsText()?.ToUpperInvariant() ?? "", cancellationToken: cancellationToken).ConfigureAwait(false);
        }
    }
}
