using System.Globalization;
using ProjectSilo.Conat.Sockets;
using ProjectSilo.Conat.Tests.Services;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Sockets;

/// <summary>
/// Losses exactly while data goes in both directions (spec 06 §6.7): nothing is lost, the order is kept, no socket is closed. <c>PROJECTSILO_LONG</c> is for how many minutes
/// (<c>.ci/long soak</c>); else it takes a few rounds.
/// </summary>
public sealed class BrokerRestartTests
{
    private const int UsualRounds = 3;
    private static readonly ConatSocketOptions Options = new()
    {
        ReconnectDelay = TimeSpan.FromMilliseconds(20),
        FirstRetryDelay = TimeSpan.FromMilliseconds(30),
        ConnectTimeout = TimeSpan.FromSeconds(5),
        AnswerTimeout = TimeSpan.FromMilliseconds(300),
    };

    [Fact]
    public Task RestartsOfTheBroker_LoseNothing() => LoseNothingAsync(async (bus, _, _) =>
    {
        await bus.StopBrokerAsync();
        await Task.Delay(Random.Shared.Next(50));
        await bus.StartBrokerAsync();
    });

    [Fact]
    public Task LossesOfTheConnectorsTransport_LoseNothing() => LoseNothingAsync((_, connector, _) => connector.DropAsync());

    [Fact]
    public Task LossesOfTheListenersTransport_LoseNothing() => LoseNothingAsync((_, _, listener) => listener.DropAsync());

    [Fact]
    public async Task ALossWithoutMoreWrites_IsMadeUpFor()
    {
        for (var round = 0; round < UsualRounds; round++)
        {
            await using var bus = await TestBus.StartAsync();
            await using var listener = await (await bus.ConnectAsync()).ListenSocketAsync("s", Options).Within();
            await using var socket = (await bus.ConnectAsync()).ConnectSocket("s", Options);
            var connection = await listener.FirstAsync().AsTask().Within();
            var stopping = bus.StopBrokerAsync();
            socket.Write("up");
            connection.Write("down");
            await stopping;
            await bus.StartBrokerAsync();
            Assert.Equal("up", (await connection.ReadAsync().AsTask().Within())!.Data.AsText());
            Assert.Equal("down", (await socket.ReadAsync().AsTask().Within())!.Data.AsText());
            await Task.WhenAll(socket.DrainAsync(), connection.DrainAsync()).Within();
        }
    }

    [Fact]
    public async Task ALossOfTheListenersTransportWithoutMoreWrites_IsMadeUpFor()
    {
        await using var bus = await TestBus.StartAsync();
        var transport = bus.NewTransport();
        await using var listener = await (await bus.ConnectAsync(transport)).ListenSocketAsync("s", Options).Within();
        await using var socket = (await bus.ConnectAsync()).ConnectSocket("s", Options);
        var connection = await listener.FirstAsync().AsTask().Within();
        transport.IsUp = false;
        await transport.DropAsync();
        socket.Write("nobody hears it");
        transport.IsUp = true;
        Assert.Equal("nobody hears it", (await connection.ReadAsync().AsTask().Within())!.Data.AsText());
        await socket.DrainAsync().Within();
    }

    private static async Task LoseNothingAsync(Func<TestBus, DroppableTransport, DroppableTransport, Task> lose)
    {
        await using var bus = await TestBus.StartAsync();
        var (connectorTransport, listenerTransport) = (bus.NewTransport(), bus.NewTransport());
        await using var listener = await (await bus.ConnectAsync(listenerTransport)).ListenSocketAsync("s", Options).Within();
        await using var socket = (await bus.ConnectAsync(connectorTransport)).ConnectSocket("s", Options);
        var connection = await listener.FirstAsync().AsTask().Within();
        using var enough = new CancellationTokenSource();
        var writing = Task.WhenAll(WriteAsync(socket, enough.Token), WriteAsync(connection, enough.Token));
        var counts = new Counts();
        var reading = Task.WhenAll(ReadAsync(socket, counts), ReadAsync(connection, counts));
        var minutes = double.TryParse(Environment.GetEnvironmentVariable("PROJECTSILO_LONG"), CultureInfo.InvariantCulture, out var given) ? given : 0;
        var end = DateTime.UtcNow + TimeSpan.FromMinutes(minutes);
        for (var round = 0; round < UsualRounds || DateTime.UtcNow < end; round++)
        {
            var before = counts.Read;
            await lose(bus, connectorTransport, listenerTransport);
            await Bounded.Until(() => counts.Read > before + 100 || reading.IsCompleted, "data goes on");
            Assert.False(reading.IsCompleted && !reading.IsCompletedSuccessfully, reading.Exception?.ToString());
        }

        await enough.CancelAsync();
        var written = await writing.Within();
        await Task.WhenAll(socket.DrainAsync(), connection.DrainAsync()).Within();
        Assert.Equal((ConatSocketState.Ready, ConatSocketState.Ready), (socket.State, connection.State));
        await Bounded.Until(() => counts.Read == written.Sum() || reading.IsFaulted, "all is read");
        socket.Close();
        await reading.Within();
    }

    private static async Task<long> WriteAsync(ConatSocket socket, CancellationToken enough)
    {
        var n = 0L;
        while (!enough.IsCancellationRequested)
        {
            await socket.WriteAsync(n++, cancellationToken: CancellationToken.None).Within();
            if (n % 20 == 0)
            {
                await Task.Delay(1, CancellationToken.None);
            }
        }

        return n;
    }

    private static async Task ReadAsync(ConatSocket socket, Counts counts)
    {
        var expected = 0L;
        await foreach (var message in socket)
        {
            Assert.Equal(expected++, (long)message.Data.AsNumber()!.Value);
            counts.Add();
        }
    }

    private sealed class Counts
    {
        private long _read;

        public long Read => Interlocked.Read(ref _read);

        public void Add() => Interlocked.Increment(ref _read);
    }
}
