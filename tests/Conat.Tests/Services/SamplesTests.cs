using ProjectSilo.Conat.Samples;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Services;

/// <summary>The samples do what they say.</summary>
public sealed class SamplesTests
{
    [Fact]
    public async Task Samples_Run()
    {
        await using var bus = await TestBus.StartAsync();
        var (server, client) = (await bus.ConnectAsync(), await bus.ConnectAsync());
        await using var output = new StringWriter { NewLine = "\n" };
        await ServiceSample.RunAsync(server, client, output).Within();
        await SocketSample.RunAsync(server, client, output).Within();
        Assert.Equal("remarks: 1\ncalling remote function 'add': Error: a remark is a text\nONE\nTWO\nTHREE\n", output.ToString());
    }
}
