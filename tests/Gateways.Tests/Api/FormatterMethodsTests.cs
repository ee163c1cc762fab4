using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Tests;

namespace ProjectSilo.Gateways.Tests.Api;

/// <summary>The wire forms of formatters (spec 12 §1, spec 04 §8.7).</summary>
public sealed class FormatterMethodsTests(FormatterProject project) : IClassFixture<FormatterProject>
{
    [Theory]
    [InlineData("formatter_string")]
    [InlineData("prettier_string")]
    public async Task BrowserCommand_FormatsAString(string command)
    {
        var message = new WireObject { ["cmd"] = command, ["str"] = "a  =  1", ["options"] = new WireObject { ["parser"] = "babel", ["semi"] = false }.Build() }.Build();
        Assert.Equal("a = 1\n", FormatterProject.TextOf(await project.Commands.Invoke(message, "test", default).AsTask().Within()));
    }

    [Theory]
    [InlineData("formatter")]
    [InlineData("prettier")]
    public async Task BrowserCommand_OfADocumentThatIsNotOpen_SaysSo(string command)
    {
        var message = new WireObject { ["cmd"] = command, ["path"] = "a.py", ["options"] = new WireObject { ["parser"] = "python" }.Build() }.Build();
        Assert.Equal(
            "{\"status\":\"error\",\"error\":\"document not fully opened\",\"phase\":\"format\"}",
            (await project.Commands.Invoke(message, "test", default).AsTask().Within()).ToString());
    }

    [Fact]
    public async Task WithoutText_IsRefused() =>
        Assert.Equal("str must be a string", (await Assert.ThrowsAsync<RequestException>(() => project.Format(new WireObject { ["str"] = 1 }.Build()))).Message);

    [Fact]
    public async Task WithoutOptions_IsPrettiersToRefuse() => Assert.StartsWith(
        "No parser", (await Assert.ThrowsAsync<RequestException>(() => project.Format(new WireObject { ["str"] = "x" }.Build()))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("\"x\"")]
    [InlineData("{}")]
    [InlineData("-3")]
    public async Task NonsenseForAWidth_IsRefused(string width)
    {
        var options = new WireObject { ["parser"] = "clang-format", ["tabWidth"] = Conat.BusProject.Wire(width) }.Build();
        var exception = await Assert.ThrowsAsync<RequestException>(() => project.Format(new WireObject { ["str"] = "x", ["options"] = options }.Build()));
        Assert.StartsWith("tabWidth must be", exception.Message, StringComparison.Ordinal);
    }
}
