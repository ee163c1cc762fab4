using System.Buffers;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Gateways.Hub;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Tests;
using Xunit.Abstractions;

namespace ProjectSilo.Gateways.Tests.Hub;

/// <summary>Mutations of the captured frames: whatever comes, nothing throws and nobody else is disturbed.</summary>
public sealed class HubFuzzTests(ITestOutputHelper output)
{
    private const ulong Seed = 20260101;
    private const int MaxFrameBytes = 1 << 20;

    /// <summary>Frames and pairs of frames.</summary>
    private static readonly IReadOnlyList<byte[]> Corpus =
        [.. HubVectorFrames.All, .. HubVectorFrames.All.Zip(HubVectorFrames.All.Skip(1), (first, second) => (byte[])[.. first, .. second])];

    [Fact]
    public void MutatedFrames_NeverThrowInCodecParserAndBinding()
    {
        var identity = new ApiIdentity(ProjectHost.ProjectId, 0, 1);
        var api = new ApiTable(null!, identity, TimeProvider.System);
        var events = new HubEvents(api, identity, new HubFileEvents(api, Microsoft.Extensions.Options.Options.Create(new HubGatewayOptions()), TimeProvider.System));
        var inputs = MutationFuzzer.Inputs(usual: 400_000);
        var before = Environment.CpuUsage.TotalTime;
        new MutationFuzzer(Corpus, Seed).Run(inputs, input =>
        {
            var rest = input.Length % 4 == 0 ? Segments.Of(input, input.Length / 3, 1) : new ReadOnlySequence<byte>(input);
            while (HubFrameCodec.TryRead(ref rest, MaxFrameBytes, out var frame) == HubFrameStatus.Complete)
            {
                if (frame.Type == HubFrame.Json && WireJson.TryParse(frame.Payload, out var value))
                {
                    CheckMessage(value, events);
                }
                else if (frame.Type == HubFrame.Blob)
                {
                    HubFrameCodec.TryReadBlob(frame.Payload, out _, out _);
                }
            }
        });
        var seconds = (Environment.CpuUsage.TotalTime - before).TotalSeconds;
        output.WriteLine($"{inputs} inputs, {inputs / seconds:F0} a second of one processor");
    }

    [Fact]
    public void MutatedMessages_NeverThrowInTheParserAndSurviveARoundTrip()
    {
        var messages = HubVectorFrames.All.Where(frame => frame[4] == HubFrame.Json).Select(frame => frame[5..]).ToList();
        new MutationFuzzer(messages, Seed).Run(MutationFuzzer.Inputs(usual: 200_000), input =>
        {
            if (WireJson.TryParse(input.Span, out var value))
            {
                var text = WireJson.ToText(value);
                Assert.True(WireJson.TryParse(System.Text.Encoding.UTF8.GetBytes(text), out var again));
                Assert.Equal(text, WireJson.ToText(again));
            }
        });
    }

    [Fact]
    public async Task MutatedFramesOverSockets_LeaveOtherConnectionsAlone()
    {
        // Commands that a mutation turns into something else must not run: nothing in this corpus starts a process or sends a signal.
        var corpus = Corpus.Where(bytes => !Contains(bytes, "project_exec"u8) && !Contains(bytes, "send_signal"u8)).ToList();
        var fuzzer = new MutationFuzzer(corpus, Seed);
        var host = new ProjectHost(options => options.MaxFrameBytes = MaxFrameBytes);
        await host.InitializeAsync();
        try
        {
            using var hub = await HubClient.Unlock(host);
            var buffer = new byte[MutationFuzzer.MaxBytes];
            for (var connection = 0; connection < 100; connection++)
            {
                using var other = await HubClient.Unlock(host);
                try
                {
                    for (var part = 0; part < 20; part++)
                    {
                        var length = fuzzer.Make((connection * 20) + part, buffer);
                        await other.Send(buffer[..length]);
                    }
                }
                catch (IOException)
                {
                    // Closed by the daemon for a frame that is too long.
                }

                await hub.AssertAlive();
            }
        }
        finally
        {
            await host.DisposeAsync();
        }
    }

    [Fact]
    public async Task RandomBytesInsteadOfTheToken_LeaveOtherConnectionsAlone()
    {
        var random = new Random(3);
        var host = new ProjectHost();
        await host.InitializeAsync();
        try
        {
            using var hub = await HubClient.Unlock(host);
            for (var connection = 0; connection < 100; connection++)
            {
                using var other = await HubClient.Connect(host);
                var bytes = new byte[random.Next(1, 300)];
                random.NextBytes(bytes);
                await other.Send(bytes);
                var answer = await other.ReceiveToEnd();
                Assert.True(answer.Length == 0 || "nInvalid secret token."u8.SequenceEqual(answer));
                await hub.AssertAlive();
            }
        }
        finally
        {
            await host.DisposeAsync();
        }
    }

    private static bool Contains(byte[] bytes, ReadOnlySpan<byte> text) => bytes.AsSpan().IndexOf(text) >= 0;

    /// <summary>What a session does with a message before a grain is called.</summary>
    private static void CheckMessage(WireValue value, HubEvents events)
    {
        if (value is not WireValue.Members message)
        {
            return;
        }

        var name = message["event"].AsText();
        _ = events.Find(name) ?? (object)events.NotImplemented(message);
        _ = events.AnswersWithoutId(message);
        _ = events.Answer(message);
        try
        {
            if (name == "send_signal")
            {
                _ = SignalBinding.Request(message);
            }
            else if (name == "project_exec")
            {
                _ = ExecBinding.Options(message);
            }
        }
        catch (Exception exception) when (exception is RequestException or WireTypeException)
        {
            Assert.NotEmpty(HubEvents.ErrorText(name!, message, exception));
        }
    }
}
