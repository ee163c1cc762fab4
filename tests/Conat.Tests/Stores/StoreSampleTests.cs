using ProjectSilo.Conat.Samples;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Stores;

/// <summary>The sample does what it says.</summary>
public sealed class StoreSampleTests
{
    [Fact]
    public async Task Sample_Runs()
    {
        await using var bus = await StoreBus.StartAsync(isInProcess: false);
        await using var output = new StringWriter { NewLine = "\n" };
        await StoreSample.RunAsync(await bus.ClientAsync(), await bus.ClientAsync(), StoreBus.ProjectId, output).Within();
        Assert.Equal("here: \"dark\", saved: False\nthere: theme is \"dark\"\n1: one\n2: two\n", output.ToString());
    }
}
