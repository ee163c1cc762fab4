using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Transports;
using ProjectSilo.Conat.Transports.SocketIo;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Client;

/// <summary>The transport over real sockets, where a broker misbehaves or is none.</summary>
public sealed class SocketIoTransportTests
{
    [Fact]
    public async Task ACertificateThatNobodyVouchesFor_IsRefusedUnlessAskedNotTo()
    {
        await using var server = await ScriptedServer.StartAsync(WelcomeAndReadAsync, tls: true);
        Assert.Equal("https", server.Address.Scheme);
        var error = await Assert.ThrowsAsync<ConatException>(() => ConnectAsync(server.Address).Within());
        Assert.StartsWith($"can't connect to {server.Address.GetLeftPart(UriPartial.Authority)}", error.Message, StringComparison.Ordinal);
        await using var connection = await ConnectAsync(server.Address, options => options with { VerifyTls = false }).Within();
        Assert.True(connection.Publish(Chunk(10)));
    }

    [Fact]
    public async Task ARefusedNamespace_IsToldWithItsReason()
    {
        await using var server = await ScriptedServer.StartAsync(async (socket, token) =>
        {
            await ScriptedServer.SayAsync(socket, ScriptedServer.Open);
            await socket.ReceiveAsync(new byte[1024], token);
            await ScriptedServer.SayAsync(socket, "44{\"message\":\"Invalid namespace\"}");
            await ScriptedServer.ReadAllAsync(socket, token);
        });
        var error = await Assert.ThrowsAsync<ConatException>(() => ConnectAsync(server.Address).Within());
        Assert.Equal("Invalid namespace", error.Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ABrokerThatSaysNothing_IsATimeout(bool saysOpen)
    {
        await using var server = await ScriptedServer.StartAsync(async (socket, token) =>
        {
            if (saysOpen)
            {
                await ScriptedServer.SayAsync(socket, ScriptedServer.Open);
            }

            await ScriptedServer.ReadAllAsync(socket, token);
        });
        await AssertTimeoutAsync(server.Address);
    }

    [Fact]
    public async Task AServerThatDoesntAnswerTheUpgrade_IsATimeout()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await AssertTimeoutAsync(new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}"));
    }

    [Fact]
    public async Task NobodyThere_IsAnError()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var error = await Assert.ThrowsAsync<ConatException>(() => ConnectAsync(new Uri($"http://127.0.0.1:{port}")).Within());
        Assert.StartsWith($"can't connect to http://127.0.0.1:{port}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFullSendQueue_RefusesWhatDoesntWait_AndHoldsWhatDoes()
    {
        var mayRead = new TaskCompletionSource();
        await using var server = await ScriptedServer.StartAsync(async (socket, token) =>
        {
            await ScriptedServer.WelcomeAsync(socket, token);
            await mayRead.Task.WaitAsync(token);
            await ScriptedServer.ReadAllAsync(socket, token);
        });
        await using var connection = await ConnectAsync(server.Address, options => options with { MaxSendBytes = 1_000_000 }).Within();
        await Bounded.Until(() => !connection.Publish(Chunk(100_000)), "the network's buffers and the queue fill");
        using var giveUp = new CancellationTokenSource();
        var given = connection.PublishAsync(Chunk(1_000_000), Bounded.Limit, giveUp.Token);
        var held = connection.PublishAsync(Chunk(1_000_000), Bounded.Limit, CancellationToken.None);
        Assert.False(given.IsCompleted);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given.Within());
        Assert.False(held.IsCompleted);
        mayRead.SetResult();
        var answer = await held.Within();
        await Bounded.Until(() => connection.Publish(Chunk(10)), "there is room again");
        // Nobody acknowledges it: it ends with the connection.
        await connection.DisposeAsync();
        Assert.Equal("Error: socket has been disconnected", (await Assert.ThrowsAsync<ConatException>(() => answer.Within())).Message);
        Assert.False(connection.Publish(Chunk(10)));
    }

    [Fact]
    public async Task TooManyAnswersWaitedFor_Is429()
    {
        await using var server = await ScriptedServer.StartAsync(WelcomeAndReadAsync);
        await using var connection = await ConnectAsync(server.Address, options => options with { MaxPendingAnswers = 2 }).Within();
        var first = await connection.PublishAsync(Chunk(10), Bounded.Limit, CancellationToken.None).Within();
        var brief = await connection.PublishAsync(Chunk(10), TimeSpan.FromMilliseconds(20), CancellationToken.None).Within();
        var error = await Assert.ThrowsAsync<ConatException>(() => connection.PublishAsync(Chunk(10), Bounded.Limit, CancellationToken.None).Within());
        Assert.Equal("429", error.Code);
        Assert.Equal(("timeout - Error: operation has timed out", "408"), Read(await Assert.ThrowsAsync<ConatException>(() => brief.Within())));
        await (await connection.PublishAsync(Chunk(10), TimeSpan.FromMilliseconds(20), CancellationToken.None).Within()).ContinueWith(static task => task.Exception, TaskScheduler.Default);
        Assert.False(first.IsCompleted);
    }

    [Theory]
    [InlineData("42[\"info\"", "parse error")]
    [InlineData("9", "parse error")]
    [InlineData("1", "transport close")]
    [InlineData("41", "io server disconnect")]
    public async Task WhatABrokerMustntSay_EndsTheConnection(string text, string reason)
    {
        await using var server = await ScriptedServer.StartAsync(async (socket, token) =>
        {
            await ScriptedServer.WelcomeAsync(socket, token);
            await ScriptedServer.SayAsync(socket, text);
            await ScriptedServer.ReadAllAsync(socket, token);
        });
        await using var connection = await ConnectAsync(server.Address).Within();
        Assert.StartsWith(reason, await connection.Completion.Within(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AMessageThatIsTooLarge_EndsTheConnection()
    {
        await using var server = await ScriptedServer.StartAsync(async (socket, token) =>
        {
            await ScriptedServer.WelcomeAsync(socket, token);
            await socket.SendAsync(new byte[20_001], WebSocketMessageType.Binary, true, token);
            await ScriptedServer.ReadAllAsync(socket, token);
        });
        await using var connection = await ConnectAsync(server.Address, options => options with { MaxMessageBytes = 20_000 }).Within();
        Assert.Equal("a message of more than 20000 bytes", await connection.Completion.Within());
    }

    private static (string, string?) Read(ConatException error) => (error.Message, error.Code);

    private static async Task AssertTimeoutAsync(Uri address)
    {
        var error = await Assert.ThrowsAsync<ConatException>(() => ConnectAsync(address, options => options with { ConnectTimeout = TimeSpan.FromMilliseconds(150) }).Within());
        Assert.Equal(("timeout", "408"), (error.Message, error.Code));
    }

    private static async Task WelcomeAndReadAsync(WebSocket socket, CancellationToken cancellationToken)
    {
        await ScriptedServer.WelcomeAsync(socket, cancellationToken);
        await ScriptedServer.ReadAllAsync(socket, cancellationToken);
    }

    private static ConatChunk Chunk(int bytes) => new("a", "0123456789", 0, true, 0, new byte[bytes]);

    private static Task<IConatConnection> ConnectAsync(Uri address, Func<SocketIoOptions, SocketIoOptions>? configure = null)
    {
        var options = new SocketIoOptions { Address = address };
        return new SocketIoTransport(configure?.Invoke(options) ?? options).ConnectAsync(new Ignoring(), CancellationToken.None);
    }

    private sealed class Ignoring : IConatReceiver
    {
        public void OnInfo(ConatInfo info)
        {
        }

        public void OnPermissionDenied(ConatPermissionDenied denied)
        {
        }

        public void OnChunk(string pattern, ConatChunk chunk)
        {
        }
    }
}
