using System.Text.Json.Nodes;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Notebooks;
using ProjectSilo.Grains.Tests.Project;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Notebooks;

/// <summary>Notebooks without outputs (spec 10 §12).</summary>
public sealed class StripTests : IAsyncLifetime
{
    private readonly ProjectCluster _cluster = new() { NotebookLimits = limits => limits.MaxNotebookBytes = 10_000_000 };

    public Task InitializeAsync() => _cluster.Start();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Strip_KeepsAllElseInItsOrder() => Assert.Equal(
        """{"z":1e+21,"nbformat":4,"cells":[{"b":[],"outputs":[],"cell_type":"code","a":{"é":"\u0001</😀"}},{"attachment":1},{"outputs":null},7],"metadata":{"n":12345678901234567000,"f":1}}""",
        await Strip("""
            {"z": 1e21, "nbformat": 4, "cells": [
              {"b": [], "outputs": [{"x": 1}], "cell_type": "code", "attachments": {"i": {}}, "a": {"é": "\u0001<\/\ud83d\ude00"}}, {"attachment": 1}, {"outputs": null}, 7],
             "metadata": {"n": 12345678901234567890, "f": 1.0}}
            """));

    public static TheoryData<string> Notebooks =>
        [.. Vectors.Load("ipynb").GetProperty("import").EnumerateArray().Select(entry => entry.TryGetProperty("ipynb", out var notebook) ? notebook.GetRawText() : "{}")
            .Where(notebook => notebook.Contains("\"cells\"", StringComparison.Ordinal) && !notebook.Contains("worksheets", StringComparison.Ordinal)).Distinct()];

    [Theory, MemberData(nameof(Notebooks))]
    public async Task Strip_OfTheCapturedNotebooks(string notebook)
    {
        var expected = JsonNode.Parse(notebook)!;
        foreach (var cell in expected["cells"]!.AsArray())
        {
            cell!.AsObject().Remove("attachments");
            if (cell["outputs"] is not null)
            {
                cell["outputs"] = new JsonArray();
            }
        }

        JsonAssert.Equal(expected, JsonNode.Parse(await Strip(notebook)));
    }

    [Fact]
    public async Task WhatIsNoNotebook_IsAnError()
    {
        var missing = await Assert.ThrowsAsync<PosixException>(() => _cluster.Notebooks.Strip("d/none.ipynb", "test", default));
        Assert.Equal("ENOENT: no such file or directory, open 'd/none.ipynb'", missing.Message);
        Directory.CreateDirectory(Path.Join(_cluster.Home, "folder.ipynb"));
        Assert.Equal("EISDIR", (await Assert.ThrowsAsync<PosixException>(() => _cluster.Notebooks.Strip("folder.ipynb", "test", default))).Code);
        Assert.Equal("SyntaxError: 'a.ipynb' is not valid JSON", (await Assert.ThrowsAsync<NotebookSyntaxException>(() => Strip("{\"cells\":"))).Message);
        Assert.Equal("SyntaxError: 'a.ipynb' is not valid JSON", (await Assert.ThrowsAsync<NotebookSyntaxException>(() => Strip(""))).Message);
        foreach (var json in (string[])["{}", "[]", "null", "{\"cells\":{}}"])
        {
            Assert.Equal("'a.ipynb' is not a notebook: it has no cells", (await Assert.ThrowsAsync<RequestException>(() => Strip(json))).Message);
        }

        await using (var large = File.Create(Path.Join(_cluster.Home, "large.ipynb")))
        {
            large.SetLength(10_000_001);
        }

        var tooLarge = await Assert.ThrowsAsync<RequestException>(() => _cluster.Notebooks.Strip("large.ipynb", "test", default));
        Assert.Contains("maximum allowed size is 10MB", tooLarge.Message, StringComparison.Ordinal);
    }

    private async Task<string> Strip(string json)
    {
        await File.WriteAllTextAsync(Path.Join(_cluster.Home, "a.ipynb"), json);
        return (await _cluster.Notebooks.Strip("a.ipynb", "test", default).Within()).ToString();
    }
}
