using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Persist;

public sealed class DialogueTests
{
    [Fact]
    public async Task Dialogues_AreAnsweredAsTheReferenceDoes()
    {
        foreach (var scenario in Vectors.Load("persist-dialogue").GetProperty("scenarios").EnumerateArray())
        {
            await using var replay = await DialogueReplay.StartAsync(scenario);
            await replay.RunAsync();
        }
    }
}
