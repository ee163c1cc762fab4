using System.Text;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Tests;

namespace ProjectSilo.Gateways.Tests.Api;

/// <summary>What spec 09 §1.4 to §1.11 and §3 say and no vector has, through the method table.</summary>
public sealed class ExecTests(ProjectHost host) : IClassFixture<ProjectHost>
{
    [Theory]
    [InlineData("{\"command\":\"nope\",\"args\":[\"a\",\"b\"],\"err_on_exit\":false}", "command ''nope' (args=a b)' was not able to run -- stderr='{\"errno\":-2,\"code\":\"ENOENT\",\"syscall\":\"spawn nope\",\"path\":\"nope\",\"spawnargs\":[\"a\",\"b\"]}'")]
    [InlineData("{\"command\":\"/etc/passwd\"}", "command ''/etc/passwd' (args=)' exited with nonzero code 1 -- stderr='{\"errno\":-13,\"code\":\"EACCES\",\"syscall\":\"spawn /etc/passwd\",\"path\":\"/etc/passwd\",\"spawnargs\":[]}'")]
    [InlineData("{\"command\":\"sh\",\"args\":[\"-c\",\"echo a; sleep 100\"],\"timeout\":0.2,\"err_on_exit\":false}", "killed command 'sh -c echo a; sleep 100'")]
    [InlineData("{\"command\":\"sh\",\"args\":[\"-c\",\"exit 3\"],\"timeout\":\"50\"}", "command ''sh' (args=-c exit 3)' exited with nonzero code 3 -- stderr=''")]
    [InlineData("{\"command\":\"echo\",\"args\":[\"a\\u0000b\"]}", "Error: The program, its arguments, its folder and its environment must not contain null bytes.")]
    [InlineData("{\"command\":\"echo\",\"compute_server_id\":7}", "Error: no connection to compute server -- please start or restart it")]
    [InlineData("{\"async_get\":5}", "Error: Async operation '5' does not exist.")]
    [InlineData("{}", "Error: command must be specified")]
    public async Task Failures_HaveTheirTexts(string options, string expected) =>
        Assert.Equal(expected, WireErrors.Text(await Assert.ThrowsAnyAsync<Exception>(() => Exec(options))));

    [Theory]
    [InlineData("{\"command\":\"kill -9 $$\",\"id\":[1,\"x\"]}", "{\"id\":[1,\"x\"],\"stdout\":\"\",\"stderr\":\"\",\"exit_code\":0,\"type\":\"blocking\"}")]
    [InlineData("{\"command\":\"echo $A\",\"env\":{\"\":\"x\",\"B=C\":\"y\",\"A\":\"z\"}}", "{\"stdout\":\"z\\n\",\"stderr\":\"\",\"exit_code\":0,\"type\":\"blocking\"}")]
    [InlineData("{\"command\":\"echo $A,$B,$D\",\"env\":{\"A\":5,\"B\":true,\"C\":null,\"D\":1e21}}", "{\"stdout\":\"5,true,1e+21\\n\",\"stderr\":\"\",\"exit_code\":0,\"type\":\"blocking\"}")]
    [InlineData("{\"command\":\"echo a\",\"compute_server_id\":0,\"async_get\":false}", "{\"stdout\":\"a\\n\",\"stderr\":\"\",\"exit_code\":0,\"type\":\"blocking\"}")]
    [InlineData("{\"command\":\"pwd\",\"home\":\"/usr\",\"path\":\"bin\"}", "{\"stdout\":\"/usr/bin\\n\",\"stderr\":\"\",\"exit_code\":0,\"type\":\"blocking\"}")]
    [InlineData("{\"command\":\"sleep 100 & echo done\",\"timeout\":0.3}", "{\"stdout\":\"done\\n\",\"stderr\":\"\",\"exit_code\":0,\"type\":\"blocking\"}")]
    [InlineData("{\"command\":\"printf '\\\\360\\\\237'; sleep 0.1; printf '\\\\230\\\\200'; printf '\\\\377'\"}", "{\"stdout\":\"😀\ufffd\",\"stderr\":\"\",\"exit_code\":0,\"type\":\"blocking\"}")]
    [InlineData("{\"command\":\"sh\",\"args\":[\"-c\",\"echo ab; exit 3\"],\"max_output\":2,\"err_on_exit\":false}", "{\"stdout\":\"ab (truncated at 2 characters)\",\"stderr\":\"\",\"exit_code\":3,\"type\":\"blocking\"}")]
    public async Task Results_AreAsSpecified(string options, string expected) => Assert.Equal(expected, (await Exec(options)).ToString());

    [Fact]
    public async Task AggregatedJobs_AreOne()
    {
        const string Options = "{\"command\":\"sleep 0.1\",\"async_call\":true,\"aggregate\":1}";
        var jobs = await Task.WhenAll(Exec(Options), Exec(Options));
        Assert.Equal(jobs[0]["job_id"], jobs[1]["job_id"]);
        Assert.NotEqual(jobs[0]["job_id"], (await Exec(Options.Replace(":1}", ":2}", StringComparison.Ordinal)))["job_id"]);
    }

    [Fact]
    public async Task Signals_ThatWouldHitTheDaemonOrEverybody_AreRefused()
    {
        foreach (var pid in new[] { 0, 1, -1, Environment.ProcessId })
        {
            Assert.Equal("Error: kill EPERM", await SignalError($"{{\"signal\":0,\"pid\":{pid}}}"));
        }
    }

    [Fact]
    public async Task Signals_AreAllTriedAndTheLastErrorIsTold()
    {
        var job = await Exec("{\"command\":\"sleep 100\",\"async_call\":true}");
        var pid = job["pid"].AsNumber();
        Assert.Equal("Error: kill EINVAL", await SignalError($"{{\"signal\":999,\"pid\":{pid}}}"));
        Assert.Equal("Error: kill ESRCH", await SignalError($"{{\"signal\":\"SIGKILL\",\"pid\":1,\"pids\":[{-pid},2147483647]}}"));
        var final = await Exec($"{{\"async_get\":{job["job_id"]},\"async_await\":true}}");
        Assert.Equal("completed", final["status"].AsText());
    }

    private static WireValue Parse(string json)
    {
        Assert.True(WireJson.TryParse(Encoding.UTF8.GetBytes(json), out var value));
        return value;
    }

    private async Task<WireValue.Members> Exec(string options) =>
        (WireValue.Members)await host.Api.Invoke("system.exec", [Parse(options)], "test", default).AsTask().Within();

    private async Task<string> SignalError(string options) => WireErrors.Text(
        await Assert.ThrowsAnyAsync<Exception>(() => host.Api.Invoke("system.signal", [Parse(options)], "test", default).AsTask().Within()));
}
