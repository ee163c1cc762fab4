using ProjectSilo.Conat.Tests.Services;

namespace ProjectSilo.Conat.Tests.Sockets;

/// <summary>
/// The captured dialogues (<c>conat-socket.json</c>), with one of our ends in the place of one party; the other one sends what was recorded. Everything that the party sent must be
/// sent by ours, byte for byte but for random ids, and nothing else. What the recorded application did, the test does.
/// </summary>
public sealed class SocketVectorTests
{
    [Fact]
    public async Task OurListener_SaysWhatTheReferenceSays()
    {
        await using var bus = await TestBus.StartAsync();
        await using var replay = await ListenerReplay.StartAsync(bus);
        foreach (var dialogue in Dialogue.Load("conat-socket"))
        {
            await replay.RunAsync(dialogue);
        }

        replay.AssertNothingElse();
    }

    [Fact]
    public async Task OurConnector_SaysWhatTheReferenceSays()
    {
        await using var bus = await TestBus.StartAsync();
        await using var replay = await ConnectorReplay.StartAsync(bus);
        foreach (var dialogue in Dialogue.Load("conat-socket"))
        {
            await replay.RunAsync(dialogue);
        }

        replay.AssertNothingElse();
    }
}
