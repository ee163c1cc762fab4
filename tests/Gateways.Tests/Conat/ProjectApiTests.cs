using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Gateways.Tests.Conat;

/// <summary>The method table and the browsers' commands over the bus (spec 06 §3, §4.1).</summary>
public sealed class ProjectApiTests(BusProject project) : IClassFixture<BusProject>
{
    [Theory]
    [InlineData("{\"name\":\"ping\"}", "\"pong\"")]
    [InlineData("{\"name\":\"system.version\",\"args\":[]}", "1795300000")]
    [InlineData("{\"name\":\"system.version\"}", "1795300000")]
    [InlineData("{\"name\":\"system.version.x\",\"args\":[]}", "1795300000")]
    [InlineData("{\"name\":\"sync.close\",\"args\":[\"a\"]}", "null")]
    [InlineData("{\"name\":\"system.readTextFileFromProject\",\"args\":[{\"path\":\"hello.txt\"}]}", "\"hello world\\n\"")]
    [InlineData("{\"name\":\"system.exec\",\"args\":[{\"command\":\"echo\",\"args\":[\"a\"]}]}", "{\"stdout\":\"a\\n\",\"stderr\":\"\",\"exit_code\":0,\"type\":\"blocking\"}")]
    [InlineData("{\"name\":\"system.nope\",\"args\":[]}", "{\"error\":\"Error: unknown function 'system.nope'\"}")]
    [InlineData("{\"args\":[]}", "{\"error\":\"Error: unknown function 'undefined'\"}")]
    [InlineData("null", "{\"error\":\"Error: unknown function 'undefined'\"}")]
    [InlineData("{\"name\":\"system.exec\",\"args\":[{\"command\":\"exit 3\"}]}", "{\"error\":\"command 'exit 3' exited with nonzero code 3 -- stderr=''\"}")]
    [InlineData("{\"name\":\"system.exec\",\"args\":[{\"async_get\":\"x\"}]}", "{\"error\":\"Error: Async operation 'x' does not exist.\"}")]
    [InlineData("{\"name\":\"system.exec\",\"args\":[{\"command\":\"echo\",\"compute_server_id\":7}]}", "{\"error\":\"Error: no connection to compute server -- please start or restart it\"}")]
    [InlineData("{\"name\":\"system.listing\",\"args\":[{\"path\":\"nope\"}]}", "{\"error\":\"Error: ENOENT: no such file or directory, opendir 'HOME/nope'\"}")]
    [InlineData("{\"name\":\"system.signal\",\"args\":[{\"signal\":\"FOO\",\"pid\":1}]}", "{\"error\":\"TypeError [ERR_UNKNOWN_SIGNAL]: Unknown signal: FOO\"}")]
    [InlineData("{\"name\":\"system.terminate\",\"args\":[{\"service\":\"nope\"}]}", "{\"error\":\"Unknown service nope\"}")]
    [InlineData("{\"name\":\"system.terminate\",\"args\":[]}", "{\"error\":\"Unknown service undefined\"}")]
    [InlineData("{\"name\":\"system.terminate\",\"args\":[{\"service\":\"listings\"}]}", "{\"status\":\"terminated\",\"service\":\"listings\"}")]
    public async Task Api_Answers(string request, string expected) =>
        Assert.Equal(expected.Replace("HOME", project.Home, StringComparison.Ordinal), (await project.Ask("api", Wire(request))).ToString());

    [Theory]
    [InlineData("{\"cmd\":\"version\"}", "1795300000")]
    [InlineData("{\"cmd\":\"exec\",\"opts\":{\"command\":\"echo a\"}}", "{\"stdout\":\"a\\n\",\"stderr\":\"\",\"exit_code\":0,\"type\":\"blocking\"}")]
    [InlineData("{\"cmd\":\"exec\"}", "{\"error\":\"Error: opts must not be null\"}")]
    [InlineData("{\"cmd\":\"realpath\",\"path\":\"nope\"}", "{\"error\":\"Error: ENOENT: no such file or directory, realpath 'HOME/nope'\"}")]
    [InlineData("{\"cmd\":\"eval_code\",\"code\":\"1\"}", "{\"error\":\"Error: command \\\"eval_code\\\" not implemented -- restart your project (in Project --> Settings)\"}")]
    [InlineData("{\"cmd\":\"nope\"}", "{\"error\":\"Error: command \\\"nope\\\" not implemented -- restart your project (in Project --> Settings)\"}")]
    [InlineData("null", "{\"error\":\"Error: command \\\"undefined\\\" not implemented -- restart your project (in Project --> Settings)\"}")]
    public async Task BrowserApi_Answers(string request, string expected) =>
        Assert.Equal(expected.Replace("HOME", project.Home, StringComparison.Ordinal), (await project.Ask("browser-api", Wire(request))).ToString());

    [Fact]
    public async Task SlowCalls_DontHoldUpOthers()
    {
        var slow = project.Call("system.exec", [Wire("{\"command\":\"mkfifo pipe; read x <pipe; echo $x\",\"bash\":true}")]);
        await project.Call("system.exec", [Wire("{\"command\":\"until [ -p pipe ]; do sleep 0.02; done; echo done > pipe\"}")]);
        Assert.Contains("done", (await slow).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("files:read")]
    [InlineData("files:write")]
    [InlineData("api")]
    public async Task Terminate_EndsTheServiceAfterTheAnswer(string service)
    {
        var other = new BusProject();
        await other.InitializeAsync();
        try
        {
            await other.Hub.WaitForInterestAsync(BusProject.Subject(service)).Within();
            var answer = await other.Call("system.terminate", [new WireObject { ["service"] = service }.Build()]);
            Assert.Equal($"{{\"status\":\"terminated\",\"service\":\"{service}\"}}", answer.ToString());
            await Gone(other, service);
        }
        finally
        {
            await other.DisposeAsync();
        }
    }

    [Fact]
    public async Task BrowserTerminate_EndsTheLoop()
    {
        var other = new BusProject();
        await other.InitializeAsync();
        try
        {
            Assert.Equal("{\"exiting\":true}", (await other.Ask("browser-api", Wire("{\"cmd\":\"terminate\"}"))).ToString());
            await Gone(other, "browser-api");
        }
        finally
        {
            await other.DisposeAsync();
        }
    }

    [Fact]
    public async Task TwoComputeServers_AnswerAtTheirSubjects_AndReachEachOther()
    {
        var second = await project.AddDaemon(computeServerId: 1);
        await File.WriteAllTextAsync(Path.Combine(second.Home, "hello.txt"), "second");
        WireValue path = Wire("{\"path\":\"hello.txt\"}");
        Assert.Equal("second", (await project.Call("system.readTextFileFromProject", [path], computeServerId: 1)).AsText());
        Assert.Equal("hello world\n", (await project.Call("system.readTextFileFromProject", [path])).AsText());

        Assert.Equal("second", (await project.Host.Api.For(1).Invoke("system.readTextFileFromProject", [path], "test", default)).AsText());
        Assert.Equal("hello world\n", (await second.Api.For(0).Invoke("system.readTextFileFromProject", [path], "test", default)).AsText());
        var pwd = await project.Call("system.exec", [Wire("{\"command\":\"pwd\",\"compute_server_id\":1}")]);
        Assert.Equal(second.Home + "\n", ((WireValue.Members)pwd)["stdout"].AsText());

        // Its errors are as they were there, with and without prefix.
        Assert.Equal("{\"error\":\"command 'exit 3' exited with nonzero code 3 -- stderr=''\"}",
            (await project.Call("system.exec", [Wire("{\"command\":\"exit 3\",\"bash\":true,\"compute_server_id\":1}")])).ToString());
        Assert.Equal($"{{\"error\":\"Error: ENOENT: no such file or directory, opendir '{second.Home}/nope'\"}}",
            (await project.Ask("browser-api", Wire("{\"cmd\":\"listing\",\"path\":\"nope\",\"compute_server_id\":1}"))).ToString());
    }

    [Fact]
    public async Task AComputeServerThatIsntThere_IsNamed()
    {
        var error = await Assert.ThrowsAsync<Grains.Interfaces.Errors.RequestException>(
            async () => await project.Host.Api.For(7).Invoke("system.ping", [], "test", default).AsTask().Within());
        Assert.Equal("no connection to compute server -- please start or restart it", error.Message);
    }

    private static async Task Gone(BusProject project, string service)
    {
        for (var end = DateTime.UtcNow + Bounded.Limit; await project.Hub.InterestAsync(BusProject.Subject(service)); await Task.Delay(10))
        {
            Assert.True(DateTime.UtcNow < end);
        }
    }

    private static WireValue Wire(string json) => BusProject.Wire(json);
}
