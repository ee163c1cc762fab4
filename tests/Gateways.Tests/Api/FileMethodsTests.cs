using System.Text;
using System.Text.Json.Nodes;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Tests;

namespace ProjectSilo.Gateways.Tests.Api;

/// <summary>The methods on files and the commands of browsers, as JSON in and out.</summary>
public sealed class FileMethodsTests(ProjectHost host) : IClassFixture<ProjectHost>
{
    [Fact]
    public async Task Listing_HasTheMembersOfTheWire()
    {
        Directory.CreateDirectory(Path.Join(host.Home, "list/sub"));
        await File.WriteAllTextAsync(Path.Join(host.Home, "list/a.txt"), "12345");
        File.CreateSymbolicLink(Path.Join(host.Home, "list/link"), "sub");
        File.CreateSymbolicLink(Path.Join(host.Home, "list/broken"), "gone");

        var entries = (await Call("system.listing", """[{"path":"list"}]""")).AsArray()
            .ToDictionary(entry => (string)entry!["name"]!, entry => entry!.AsObject());
        Assert.All(entries.Values, entry => Assert.True(entry.Remove("mtime")));
        JsonAssert.Equal(JsonNode.Parse("""{"name":"a.txt","size":5}"""), entries["a.txt"]);
        JsonAssert.Equal(JsonNode.Parse("""{"name":"sub","isdir":true,"size":0}"""), entries["sub"]);
        JsonAssert.Equal(JsonNode.Parse("""{"name":"link","issymlink":true,"link_target":"sub","isdir":true,"size":0}"""), entries["link"]);
        JsonAssert.Equal(JsonNode.Parse("""{"name":"broken","issymlink":true,"link_target":"gone","size":4}"""), entries["broken"]);
    }

    [Fact]
    public async Task EachMethod_DoesWhatItSays()
    {
        await Call("system.writeTextFileToProject", """[{"path":"m/a.txt","content":"héllo"}]""");
        Assert.Equal("héllo", (string?)await Call("system.readTextFileFromProject", """[{"path":"m/a.txt"}]"""));
        await Call("system.renameFile", """[{"src":"m/a.txt","dest":"m/b.txt"}]""");
        await Call("system.moveFiles", """[{"paths":["m/b.txt"],"dest":"m/d"}]""");
        Assert.Equal("""["m/d/b.txt"]""", (await Call("system.canonicalPaths", """[["m/d/../d/b.txt"]]""")).ToJsonString());
        Assert.Equal("m/d/b.txt", (string?)await Call("system.realpath", """["m/./d/b.txt"]"""));
        await Call("editor.newFile", """["m/new.txt"]""");
        Assert.True(File.Exists(Path.Join(host.Home, "m/new.txt")));
        await Call("system.deleteFiles", """[{"paths":["m"]}]""");
        Assert.False(Directory.Exists(Path.Join(host.Home, "m")));
    }

    [Theory]
    [InlineData("system.listing", """[{"path":"nope"}]""", "Error: ENOENT: no such file or directory, opendir '{HOME}/nope'")]
    [InlineData("system.readTextFileFromProject", """[{"path":"nope.txt"}]""", "Error: ENOENT: no such file or directory, open 'nope.txt'")]
    [InlineData("system.deleteFiles", """[{"paths":[""]}]""", "Error: refusing to delete ''")]
    [InlineData("system.deleteFiles", "[{}]", "Error: paths must be an array of strings")]
    [InlineData("system.renameFile", """[{"src":"a"}]""", "Error: dest must be a string")]
    [InlineData("system.terminate", "[]", "Unknown service undefined")]
    [InlineData("system.nope.x", "[]", "Error: unknown function 'system.nope.x'")]
    public async Task Failures_HaveTheirTexts(string method, string arguments, string expected) => Assert.Equal(
        expected.Replace("{HOME}", host.Home, StringComparison.Ordinal),
        WireErrors.Text(await Assert.ThrowsAnyAsync<Exception>(() => Call(method, arguments))));

    [Fact]
    public async Task Configuration_HasEveryMemberThatClientsInsistOn()
    {
        var main = await Call("system.configuration", """["main"]""");
        Assert.Matches("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{12}Z$", (string?)main["timestamp"]);
        var capabilities = main["capabilities"]!.AsObject();
        Assert.All(
            ["jupyter", "rserver", "formatting", "hashsums", "latex", "sage", "x11", "rmd", "qmd", "jq", "spellcheck", "library", "sshd", "html2pdf", "pandoc", "vscode", "julia", "homeDirectory"],
            (string name) => Assert.True(capabilities.ContainsKey(name)));
        Assert.Null(await CallOrNull("system.configuration", """["other"]"""));
    }

    [Theory]
    [InlineData("""{"cmd":"version"}""", "1795300000")]
    [InlineData("""{"cmd":"realpath","path":"."}""", "\".\"")]
    [InlineData("""{"cmd":"exec","opts":{"command":"echo","args":["x"]}}""", """{"stdout":"x\n","stderr":"","exit_code":0,"type":"blocking"}""")]
    public async Task Commands_LeadToMethods(string message, string expected) => Assert.Equal(expected, (await Command(message)).ToString());

    [Theory]
    [InlineData("""{"cmd":"no_such_cmd"}""", "Error: command \"no_such_cmd\" not implemented -- restart your project (in Project --> Settings)")]
    [InlineData("{}", "Error: command \"undefined\" not implemented -- restart your project (in Project --> Settings)")]
    [InlineData("""{"cmd":"exec"}""", "Error: opts must not be null")]
    [InlineData("""{"cmd":"eval_code","code":"1+1"}""", "Error: eval_code is not supported")]
    [InlineData("""{"cmd":"query","opts":{"query":{},"changes":true}}""", "Error: changefeeds are not supported for api queries")]
    [InlineData("""{"cmd":"query","opts":{"query":{}}}""", "Error: no hub socket available")]
    [InlineData("""{"cmd":"query","opts":{}}""", "Error: query must be specified")]
    [InlineData("""{"cmd":"delete_files","paths":["x"],"compute_server_id":"abc"}""", "Error: compute_server_id must be a number")]
    [InlineData("""{"cmd":"delete_files","paths":["x"],"compute_server_id":0.5}""", "Error: compute_server_id must be a number")]
    [InlineData("""{"cmd":"move_files","paths":["x"],"dest":5}""", "Error: dest must be a string")]
    [InlineData("""{"cmd":"listing","path":[]}""", "Error: path must be a string")]
    [InlineData("""{"cmd":"listing","path":"","compute_server_id":7}""", "Error: no connection to compute server -- please start or restart it")]
    public async Task Commands_FailWithTheirTexts(string message, string expected) =>
        Assert.Equal(expected, WireErrors.Text(await Assert.ThrowsAnyAsync<Exception>(() => Command(message))));

    private async Task<WireValue> Command(string message) => await host.Commands.Invoke((WireValue.Members)Parse(message), "test", default).AsTask().Within();

    private async Task<JsonNode> Call(string method, string arguments) => await CallOrNull(method, arguments) ?? "";

    private async Task<JsonNode?> CallOrNull(string method, string arguments)
    {
        var result = await host.Api.Invoke(method, ((WireValue.Items)Parse(arguments)).Values, "test", default).AsTask().Within();
        return JsonNode.Parse(WireJson.ToText(result));
    }

    private static WireValue Parse(string json)
    {
        Assert.True(WireJson.TryParse(Encoding.UTF8.GetBytes(json), out var value));
        return value;
    }
}
