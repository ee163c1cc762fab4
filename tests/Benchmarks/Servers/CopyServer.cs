using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace ProjectSilo.Benchmarks.Servers;

/// <summary>
/// The baseline of streaming files: one over one WebSocket, in messages of 4 MiB. <c>/read?path=</c> sends the file and closes; <c>/write?path=</c> takes messages
/// until a text, and says so.
/// </summary>
internal static class CopyServer
{
    public const string Name = "serve-copy";

    private const int MessageBytes = 4 * 1024 * 1024;

    /// <inheritdoc cref="BareKestrel.Run"/>
    public static Task<int> Run(string portFile) => BareKestrel.Run(portFile, static _ => { }, static app => app.UseWebSockets().Run(Copy));

    private static async Task Copy(HttpContext context)
    {
        var path = context.Request.Query["path"].ToString();
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        if (context.Request.Path == "/read")
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, useAsync: true);
            var buffer = new byte[MessageBytes];
            int count;
            while ((count = await file.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false)) > 0)
            {
                await socket.SendAsync(buffer.AsMemory(0, count), WebSocketMessageType.Binary, endOfMessage: true, context.RequestAborted);
            }
        }
        else
        {
            await using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true);
            var buffer = new byte[64 * 1024];
            while (await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted) is { MessageType: WebSocketMessageType.Binary } received)
            {
                await file.WriteAsync(buffer.AsMemory(0, received.Count));
            }

            await socket.SendAsync("done"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, context.RequestAborted);
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
    }
}
