using System.Text.Json;
using System.Text.Json.Nodes;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Tests.Formatters;

namespace ProjectSilo.Grains.Tests.Kernels;

/// <summary>A kernel of another language by other people, on another implementation of ZeroMQ: tslab, which knows no other transport than tcp.</summary>
public sealed class OtherLanguageTests
{
    private const string JavaScript = "jslab";

    [Fact]
    public async Task Kernel_OfJavaScript_ExecutesAndFailsAndCompletes()
    {
        await using var project = await Start();
        var kernel = await project.Kernel(new KernelOptions { Kernel = JavaScript, Path = "nb/a.ipynb" });
        Assert.Contains("42", (await ExecutedCode.Of(kernel, "let x = 6;\nx * 7")).Text, StringComparison.Ordinal);
        Assert.Contains("6", (await ExecutedCode.Of(kernel, "x")).Text, StringComparison.Ordinal);
        Assert.Contains("Error: no", (await ExecutedCode.Of(kernel, "throw new Error('no')")).Text, StringComparison.Ordinal);
        Assert.Contains("\"tcp\"", await File.ReadAllTextAsync((await kernel.Status()).ConnectionFile), StringComparison.Ordinal);

        var answer = JsonNode.Parse((await kernel.Ask("complete_request", """{"code":"Math.flo","cursor_pos":8}"""u8.ToArray(), default)).Span)!;
        Assert.Contains("floor", answer["matches"]!.AsArray().Select(match => (string)match!));
    }

    [Fact]
    public async Task Kernel_OfJavaScript_IsGoneWhenClosed()
    {
        await using var project = await Start();
        var kernel = await project.Kernel(new KernelOptions { Kernel = JavaScript, Path = "nb/a.ipynb" });
        await ExecutedCode.Of(kernel, "1");
        await kernel.Close();
        Assert.Empty(project.Files());
        Assert.Equal(KernelState.Closed, (await kernel.Status()).State);
    }

    private static async Task<KernelsProject> Start()
    {
        var project = await KernelsProject.Start();
        project.Install(JavaScript, JsonSerializer.Serialize(new
        {
            argv = (string[])[Path.Join(FormatterCalls.NodePackages, ".bin", "tslab"), "kernel", "--config-path", "{connection_file}", "--js"],
            display_name = "JavaScript",
            language = "javascript",
        }));
        return project;
    }
}
