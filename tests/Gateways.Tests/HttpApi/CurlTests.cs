using System.Diagnostics;
using ProjectSilo.Tests;

namespace ProjectSilo.Gateways.Tests.HttpApi;

/// <summary>The examples of spec 03 §6, as scripts run them.</summary>
public sealed class CurlTests
{
    [Fact]
    public async Task Examples_WorkFromAShell()
    {
        await using var host = await new ApiHost().Start();
        var data = Directory.CreateDirectory(host.PathOf(".smc")).FullName;
        await File.WriteAllTextAsync(Path.Join(data, "secret-token"), ApiHost.Token);
        await File.WriteAllTextAsync(Path.Join(data, "api-server.port"), host.Port.ToString());
        const string Url = "http://127.0.0.1:$(cat ~/.smc/api-server.port)/api/v1";
        Assert.Equal("", await Shell(host, $"curl -sf -u \"$(cat ~/.smc/secret-token)\": -d path=new.txt -d content=bar {Url}/write-text-file"));
        Assert.Equal("bar", await Shell(host, $"curl -sf -H \"Authorization: Bearer $(cat ~/.smc/secret-token)\" \"{Url}/read-text-file?path=new.txt\""));
        Assert.Equal(
            "héllo\n",
            await Shell(host, $$"""curl -sf -u "$(cat ~/.smc/secret-token)": -H 'Content-Type: application/json' -d '{"path":"b.txt"}' {{Url}}/read-text-file"""));
    }

    private static async Task<string> Shell(ApiHost host, string command)
    {
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardOutput = true, Environment = { ["HOME"] = host.Home } })!;
        var output = await shell.StandardOutput.ReadToEndAsync().Within();
        await shell.WaitForExitAsync().Within();
        Assert.Equal(0, shell.ExitCode);
        return output;
    }
}
