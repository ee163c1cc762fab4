using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Server.Persist;
using ProjectSilo.Conat.Services;
using ProjectSilo.Conat.Stores;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Conat.Terminals;
using ProjectSilo.Tests;
using ProjectSilo.Tests.Broker;

namespace ProjectSilo.Gateways.Tests.Conat;

/// <summary>Terminals as browsers see them: the service, the stream, the calls to browsers (spec 06 §9, spec 11).</summary>
public sealed class TerminalServiceTests : IAsyncLifetime
{
    private const string Path = "sub/.a.term-0.term";
    private static readonly string Shell = """{"path":"a.term","command":"/bin/sh","env":{"PS1":"ready> "},"ephemeral":true}""";

    private readonly TemporaryFolder _folder = new();
    private readonly BusProject _project = new(_ => { });
    private readonly ProjectStores _stores = new(BusProject.ProjectId);
    private PersistServer? _server;

    private ConatServiceClient Terminal => new(_project.Hub, TerminalSubjects.Server(BusProject.ProjectId, Path));

    public async Task InitializeAsync()
    {
        await _project.InitializeAsync();
        _server = new PersistServer(await _project.Connect(BrokerHost.HubCookies, ConatNames.HubInbox("persist")), new PersistServerOptions { Root = _folder.File("sync") });
        _server.Start();
    }

    public async Task DisposeAsync()
    {
        await _project.DisposeAsync();
        await _server!.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Terminal_IsServed_AndItsOutputIsInTheStream()
    {
        Assert.Equal(WireValue.Null, await Create(Shell));
        await using var stream = await Open();
        await Says(stream, "ready> ");
        Assert.Equal(string.Concat(Enumerable.Repeat("\r\n", 80)), stream[0].AsText());
        Assert.Equal(WireValue.Null, await Terminal.CallAsync("write", ["echo is-$((6*7))\n"]));
        await Says(stream, "is-42");
        Assert.Equal("sub", (await Terminal.CallAsync("cwd", [])).AsText());
        Assert.Equal(["pong"], (await Terminal.PingAsync()).Select(answer => answer.AsText()));
        var same = (WireValue.Members)await Terminal.CallAsync("create", [BusProject.Wire(Shell)]);
        Assert.Equal(("ok", "Already have working session with same options. "), (same["success"].AsText(), same["note"].AsText()));
        await Terminal.CallAsync("write", ["exit\n"]);
        await Says(stream, "\r\n\r\n[Process completed - press any key]\r\n\r\n");
        await Terminal.CallAsync("kill", []);
        await Bounded.Until(() => stream.Count == 0, "empty");
    }

    [Fact]
    public async Task BadCalls_AreTold()
    {
        await Create(null);
        Assert.Contains("Error: data must be a string -- {\"a\":1}", await Failure("write", BusProject.Wire("""{"a":1}""")), StringComparison.Ordinal);
        Assert.Contains("Error: unknown function 'nope'", await Failure("nope"), StringComparison.Ordinal);
        Assert.Contains("must be a string", (await Assert.ThrowsAsync<ConatException>(
            () => new ConatServiceClient(_project.Hub, BusProject.Subject("api"), ServiceClientOptions.Api).CallAsync("editor.createTerminalService", [5]).Within())).Message, StringComparison.Ordinal);
        await Terminal.CallAsync("size", [WireValue.Null]);
        await Terminal.CallAsync("close", [WireValue.Null]);
    }

    [Fact]
    public async Task Browsers_AreToldSizesAndCommands()
    {
        await Create(Shell);
        var (sizes, commands) = (new List<WireValue>(), new List<WireValue>());
        await using var browser = await _project.Hub.ServiceAsync(
            TerminalSubjects.Browser(BusProject.ProjectId, Path),
            name => (call, _) =>
            {
                (name == "size" ? sizes : commands).Add(call[0]);
                return new ValueTask<WireValue>(WireValue.Null);
            },
            ServiceOptions.Typed with { Queue = null }).Within();
        await Terminal.CallAsync("size", [BusProject.Wire("""{"rows":30,"cols":100,"browser_id":"b1"}""")]);
        await Terminal.CallAsync("size", [BusProject.Wire("""{"rows":20.5,"cols":120,"browser_id":"b2"}""")]);
        await Bounded.Until(() => sizes.Count == 2, "sizes");
        Assert.All(sizes, size => Assert.Equal(("30", "100"), (((WireValue.Members)size)["rows"].Show(), ((WireValue.Members)size)["cols"].Show())));
        await Terminal.CallAsync("write", ["printf '\\033]49;{\"event\":\"open\",\"paths\":[{\"file\":\"x\"}]}\\007'\n"]);
        await Bounded.Until(() => commands.Count == 1, "commands");
        Assert.Equal("open", ((WireValue.Members)commands[0])["event"].AsText());
    }

    [Fact]
    public async Task Flood_KeepsItsOrder_AndItsEnd()
    {
        await Create(Shell);
        await using var stream = await Open();
        await Says(stream, "ready> ");
        var all = new StringBuilder();
        stream.Changed += message => all.Append(message.Value.AsText());
        await Terminal.CallAsync("write", ["seq 1 1000000; echo end-$((1+1))\n"]);
        await Says(stream, "end-2");
        var numbers = Regex.Matches(all.ToString(), @"\n(\d+)(?=\r\n)").Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(numbers.Order(), numbers);
        Assert.True(string.Concat(stream.GetAll().Select(entry => entry.AsText())).Length < 2_000_000);
    }

    [Fact]
    public async Task OutputThatTheStreamRefuses_IsSaidToBeDiscarded_OnceASecond()
    {
        await _project.AddDaemon(1, configureServices: services => services.AddSingleton(Options.Create(new TerminalStreamOptions { MaxBytesPerSecond = 10_000 })));
        await _project.Call("editor.createTerminalService", [Path, BusProject.Wire(Shell)], computeServerId: 1);
        await using var stream = await Open();
        await Says(stream, "ready> ");
        var all = new StringBuilder();
        stream.Changed += message => all.Append(message.Value.AsText());
        await Terminal.CallAsync("write", ["for i in 1 2 3 4 5; do seq 1 10000; sleep 0.1; done; sleep 2; echo end-$((1+1))\n"]);
        await Says(stream, "end-2");
        Assert.InRange(Regex.Count(all.ToString(), Regex.Escape("\r\n[excessive output discarded]\r\n\r\n")), 1, 3);
    }

    [Fact]
    public async Task PersistServer_ThatComesBack_GetsWhatWasPrintedMeanwhile()
    {
        await Create(Shell.Replace("true", "false", StringComparison.Ordinal));
        await using (var stream = await Open(isEphemeral: false))
        {
            await Says(stream, "ready> ");
        }

        await _server!.DisposeAsync();
        await Terminal.CallAsync("write", ["echo meanwhile-$((1+1))\n"]);
        Assert.Equal(["pong"], (await Terminal.PingAsync()).Select(answer => answer.AsText()));
        _server = new PersistServer(await _project.Connect(BrokerHost.HubCookies, ConatNames.HubInbox("persist")), new PersistServerOptions { Root = _folder.File("sync") });
        _server.Start();
        await using var again = await Open(isEphemeral: false);
        await Says(again, "meanwhile-2");
    }

    [Fact]
    public async Task PersistServer_ThatAnswersNothing_HoldsNobodyUp()
    {
        await _server!.DisposeAsync();
        var deaf = await _project.Connect(BrokerHost.HubCookies, ConatNames.HubInbox("persist"));
        using var requests = await deaf.SubscribeAsync("persist.>").Within();

        // Had one of them waited for the stream, it would time out.
        await Create(Shell);
        Assert.Equal(["pong"], (await Terminal.PingAsync()).Select(answer => answer.AsText()));
        await Terminal.CallAsync("write", ["echo meanwhile > printed\n"]);
        await Terminal.CallAsync("size", [BusProject.Wire("""{"rows":30,"cols":100,"browser_id":"b1"}""")]);
        Assert.Equal("sub", (await Terminal.CallAsync("cwd", [])).AsText());
        await Bounded.Until(() => File.Exists(System.IO.Path.Join(_project.Home, "sub", "printed")), "the program runs on");
    }

    [Fact]
    public async Task Kill_HasEmptiedTheStream_WhenItAnswers()
    {
        await Create(Shell);
        await using var stream = await Open();
        await Says(stream, "ready> ");
        await Terminal.CallAsync("kill", []);
        await using var client = await _project.Connect(BrokerHost.HubCookies, ConatNames.HubInbox("late"));
        await using var late = await client.OpenDstreamAsync(_stores.Terminal(Path, isEphemeral: true) with { Config = null }).Within();
        Assert.Equal(0, late.Count);
    }

    [Fact]
    public async Task OtherPersistence_OpensTheOtherStream()
    {
        await Create(Shell);
        await Create(Shell.Replace("true", "false", StringComparison.Ordinal));
        await using var stream = await Open(isEphemeral: false);
        await Says(stream, "ready> ");
    }

    [Fact]
    public async Task Options_AreTheSame_OnlyIfAllThatWasGivenIs()
    {
        await Create("""{"path":"a.term","command":"/bin/sh","env":{"A":"1","B":"2"},"ephemeral":true}""");
        async Task<bool> IsKept(string options) =>
            ((WireValue.Members)await Terminal.CallAsync("create", [BusProject.Wire(options)]))["note"].AsText() == "Already have working session with same options. ";
        Assert.True(await IsKept("""{"ephemeral":true,"env":{"B":"2","A":"1"},"command":"/bin/sh","path":"a.term"}"""));
        Assert.False(await IsKept("""{"path":"a.term","command":"/bin/sh","args":[],"env":{"A":"1","B":"2"},"ephemeral":true}"""));
        Assert.False(await IsKept("""{"path":"a.term","command":"/bin/sh","args":[1],"env":{"A":"1","B":"2"},"ephemeral":true}"""));
        Assert.True(await IsKept("""{"path":"a.term","command":"/bin/sh","args":[1],"env":{"A":"1","B":"2"},"ephemeral":true}"""));
        Assert.False(await IsKept("{}"));
    }

    [Fact]
    public async Task Terminal_GivenToAnotherComputeServer_IsClosed()
    {
        await Create(Shell);
        await using var stream = await Open();
        await Says(stream, "ready> ");
        await using var managers = await _project.Hub.OpenDkvAsync(_stores.ComputeServerManager).Within();
        managers.Set(Path, BusProject.Wire("""{"id":1}"""));
        await managers.SaveAsync().Within();
        await Says(stream, "[Process completed");
        await Bounded.UntilAsync(async () => await IsAway(), "no service any more");
    }

    [Fact]
    public async Task ManyTerminals_AreStartedOnceEach()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Create(Shell))).Within();
        await using var stream = await Open();
        await Says(stream, "ready> ");
        Assert.Equal(1, stream.GetAll().Count(entry => entry.AsText()!.StartsWith("\r\n\r\n\r\n", StringComparison.Ordinal)));
    }

    private Task<WireValue> Create(string? options) =>
        _project.Call("editor.createTerminalService", [Path, options is null ? WireValue.Null : BusProject.Wire(options)]);

    private Task<Dstream> Open(bool isEphemeral = true) => _project.Hub.OpenDstreamAsync(_stores.Terminal(Path, isEphemeral) with { Config = null }).Within();

    private async Task<string> Failure(string name, params WireValue[] arguments) =>
        (await Assert.ThrowsAsync<ConatException>(() => Terminal.CallAsync(name, [.. arguments]).Within())).Message;

    private async Task<bool> IsAway()
    {
        try
        {
            await _project.Hub.RequestAsync(TerminalSubjects.Server(BusProject.ProjectId, Path), "ping", new PublishOptions { Timeout = TimeSpan.FromSeconds(1) });
            return false;
        }
        catch (ConatException exception)
        {
            return exception.Code == "503";
        }
    }

    private static async Task Says(Dstream stream, string text)
    {
        string All() => string.Concat(stream.GetAll().Select(entry => entry.AsText()));
        try
        {
            await Bounded.Until(() => All().Contains(text, StringComparison.Ordinal), text);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"'{text}' is not in '{All()}'", exception);
        }
    }
}
