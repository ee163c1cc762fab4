using System.Collections.Concurrent;
using System.Security.Cryptography;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Tests.Persist;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests.Conat;

namespace ProjectSilo.Tests.Persist;

/// <summary>A daemon that is killed while it stores messages: what it acknowledged is there after the next start, and nothing is there twice.</summary>
public sealed class KillTests
{
    private const int Sigkill = 9;
    private const int InFlight = 64;

    /// <summary><c>PROJECTSILO_LONG</c>: as many as it takes to be sure.</summary>
    private static readonly int Rounds = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("PROJECTSILO_LONG")) ? 5 : 100;

    [Fact]
    public async Task Kill_InTheMiddleOfWrites_LosesNothingAcknowledged()
    {
        await using var daemon = StandaloneDaemon.Create();
        var acknowledged = new ConcurrentDictionary<string, long>();
        for (var round = 0; round < Rounds; round++)
        {
            await daemon.StartReadyAsync();
            var before = acknowledged.Count;
            await using (var client = StreamClient.New(daemon))
            {
                await client.ConnectAsync().Within();
                await using var socket = StreamClient.Open(client, daemon, "s");
                await AssertAllThereAsync(socket, acknowledged, round);
                using var end = new CancellationTokenSource();
                Task[] writers = [.. Enumerable.Range(0, InFlight).Select(writer => WriteAsync(socket, $"{round}-{writer}", acknowledged, end.Token))];
                await Bounded.Until(() => acknowledged.Count >= before + InFlight, "some are stored");
                await Task.Delay(RandomNumberGenerator.GetInt32(150));
                daemon.Kill(Sigkill);
                await daemon.ExitedAsync();
                await end.CancelAsync();
                await Task.WhenAll(writers).Within();
            }

            // It leaves them behind, as a machine without power does.
            File.Delete(Path.Join(daemon.Data, "hub-server.port"));
        }

        await daemon.StartReadyAsync();
        await using var last = StreamClient.New(daemon);
        await last.ConnectAsync().Within();
        await using var reader = StreamClient.Open(last, daemon, "s");
        await AssertAllThereAsync(reader, acknowledged, Rounds);
    }

    private static async Task WriteAsync(StreamSocket socket, string writer, ConcurrentDictionary<string, long> acknowledged, CancellationToken cancellationToken)
    {
        try
        {
            for (var n = 0; !cancellationToken.IsCancellationRequested; n++)
            {
                var text = $"{writer}-{n}";
                var parameters = new WireObject { [PersistHeaders.Command] = PersistCommands.Set, [PersistHeaders.MessageId] = text };
                var answer = await socket.Socket.RequestAsync(
                    text, new ProjectSilo.Conat.PublishOptions { Headers = parameters.Build(), Timeout = Bounded.Limit }, cancellationToken);
                if (SetResult.TryRead(answer.Data, out var result))
                {
                    acknowledged[text] = result.Seq;
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ConatException)
        {
            // It was killed.
        }
    }

    private static async Task AssertAllThereAsync(StreamSocket socket, ConcurrentDictionary<string, long> acknowledged, int round)
    {
        var (messages, _) = await socket.GetAllAsync();
        var stored = new Dictionary<string, long>();
        foreach (var message in messages)
        {
            Assert.True(ProjectSilo.Conat.Core.Messages.ConatPayload.TryDecode(message.Raw, message.Encoding, out var text));
            Assert.True(stored.TryAdd(text.AsText()!, message.Seq), $"round {round}: {text} is there twice");
        }

        foreach (var (text, seq) in acknowledged)
        {
            Assert.True(stored.TryGetValue(text, out var found) && found == seq, $"round {round}: {text}, acknowledged as {seq}, is {(found == 0 ? "lost" : $"{found}")}");
        }
    }
}
