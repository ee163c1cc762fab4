using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Stores;

/// <summary>
/// Captured dialogues (<c>persist-dialogue.json</c>) with our client in the place of the recorded one: each request is made that was recorded, must look the same on the wire, and
/// its recorded answer must be understood. What sockets say by themselves, and what the recording program sent by hand, is left out.
/// </summary>
public sealed class PersistDialogueTests
{
    [Fact]
    public async Task EveryScenario_GoesAsCaptured()
    {
        foreach (var scenario in Vectors.Load("persist-dialogue").GetProperty("scenarios").EnumerateArray())
        {
            await using var replay = await PersistReplay.StartAsync();
            await replay.RunAsync(scenario);
        }
    }
}
