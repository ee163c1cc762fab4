using System.Text.Json.Nodes;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Notebooks;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Notebooks;

/// <summary>What a kernel's messages do to a cell (spec 10 §8.1, §8.5).</summary>
public sealed class CellOutputTests
{
    private readonly MemoryBlobs _blobs = new();
    private readonly FakeTimeProvider _time = new();
    private readonly CellOutput _cell;

    public CellOutputTests() => _cell = Cell(CellOutputLimits.Default);

    [Fact]
    public void Run_FromBusyToDone_WritesTheRecord()
    {
        Assert.Equal("run", (string?)_cell.Record.Json()!["state"]);
        Assert.True(_cell.Take(Items.Of("status", """{"execution_state":"busy"}""")).IsUrgent);
        Assert.Equal(CellChange.None, _cell.Take(Items.Of("execute_input", """{"code":"1+1","execution_count":3}""")));
        Assert.True(_cell.Take(Items.Of("execute_result", """{"data":{"text/plain":"2"},"metadata":{},"execution_count":3}""")).HasOutput);
        Assert.Equal(CellChange.None, _cell.Take(Items.Of("execute_reply", """{"status":"ok","execution_count":3,"user_expressions":{},"payload":[]}""")));
        Assert.Equal(CellChange.None, _cell.Take(Items.Of("status", """{"execution_state":"idle"}""")));
        Assert.True(_cell.Take(Items.Done).IsUrgent);
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        JsonAssert.Equal(
            JsonNode.Parse($$$"""
                {"id":"c0","type":"cell","kernel":"python3","output":{"0":{"data":{"text/plain":"2"},"exec_count":3}},"exec_count":3,"state":"done","start":{{{now}}},"end":{{{now}}}}
                """),
            _cell.Record.Json());
        Assert.Equal(CellChange.None, _cell.Take(Items.Stdout("late")));
        Assert.Equal(CellChange.None, _cell.Fail("late"));
    }

    [Fact]
    public void EmptyMembersAndProtocol_AreNoOutput()
    {
        _cell.Take(Items.Of("display_data", """{"data":{"text/plain":"a"},"metadata":{},"transient":{}}"""));
        _cell.Take(Items.Of("display_data", """{"data":{},"metadata":{},"transient":{}}"""));
        _cell.Take(Items.Of("display_data", "[1]"));
        _cell.Take(Items.Of("display_data", "not JSON"));
        AssertOutput("""{"0":{"data":{"text/plain":"a"}}}""");
    }

    [Fact]
    public void ClearOutput_AtOnceOrBeforeTheNext()
    {
        _cell.Take(Items.Stdout("a"));
        Assert.True(_cell.Take(Items.Of("clear_output", """{"wait":false}""")).IsUrgent);
        Assert.Null(_cell.Output);
        _cell.Take(Items.Stdout("b"));
        Assert.Equal(CellChange.None, _cell.Take(Items.Of("clear_output", """{"wait":true}""")));
        AssertOutput("""{"0":{"name":"stdout","text":"b"}}""");
        _cell.Take(Items.Stdout("c"));
        AssertOutput("""{"0":{"name":"stdout","text":"c"}}""");
    }

    [Fact]
    public void Payloads_SetTheInputAndShowPages()
    {
        var change = _cell.Take(Items.Of(
            "execute_reply", """{"status":"ok","payload":[{"source":"set_next_input","text":"abc","replace":false},{"source":"page","data":{"text/plain":"help"},"start":0},{"source":"ask_exit"}]}"""));
        Assert.Equal("abc", change.Input);
        Assert.True(change.IsUrgent);
        AssertOutput("""{"0":{"data":{"text/plain":"help"},"start":0}}""");
    }

    [Fact]
    public void Displays_AreReplacedWhereverTheyAre()
    {
        _cell.Take(Items.Of("display_data", """{"data":{"text/plain":"one"},"metadata":{},"transient":{"display_id":"D"}}"""));
        _cell.Take(Items.Stdout("x"));
        var change = _cell.Take(Items.Of("update_display_data", """{"data":{"text/html":"<b>two</b>"},"metadata":{},"transient":{"display_id":"D"}}"""));
        Assert.Equal("D", change.DisplayId);
        Assert.True(change.HasOutput);
        AssertOutput("""{"0":{"data":{"iframe":"89ea49b3bc5c4d72ee8ad0c2bbd49e5a96ab9e2c"},"transient":{"display_id":"D"}},"1":{"name":"stdout","text":"x"}}""".Replace(
            "89ea49b3bc5c4d72ee8ad0c2bbd49e5a96ab9e2c", Assert.Single(_blobs.Saved.Keys), StringComparison.Ordinal));

        var other = Items.Wire("""{"0":{"data":{"text/plain":"one"},"transient":{"display_id":"D"}},"1":{"data":{"text/plain":"z"},"transient":{"display_id":"E"}}}""");
        var replaced = DisplayUpdates.Replace(other, "D", change.Display!);
        JsonAssert.Equal(_cell.Output.Json()!["0"], replaced.Json()!["0"]);
        JsonAssert.Equal(other.Json()!["1"], replaced.Json()!["1"]);
        Assert.Null(DisplayUpdates.Replace(other, "F", change.Display!));

        change = _cell.Take(Items.Of("update_display_data", """{"data":{"text/plain":"three"},"transient":{"display_id":"unknown"}}"""));
        Assert.False(change.HasOutput);
    }

    [Fact]
    public void Input_IsAskedAndAnswered()
    {
        Assert.False(_cell.Answer("too early"));
        Assert.True(_cell.Take(new KernelItem { Input = new InputRequest("name? ", false) }).HasOutput);
        Assert.True(_cell.Answer("Ada"));
        Assert.False(_cell.Answer("again"));
        AssertOutput("""{"0":{"name":"input","opts":{"prompt":"name? ","password":false},"value":"Ada"}}""");
    }

    [Fact]
    public void Failures_AreShown()
    {
        Assert.True(_cell.Fail("Kernel last exited with code 3.").IsUrgent);
        AssertOutput("""{"0":{"name":"stderr","text":"Kernel last exited with code 3."}}""");
        var vanished = Cell(CellOutputLimits.Default);
        Assert.True(vanished.Vanish("**gone**").IsUrgent);
        JsonAssert.Equal(JsonNode.Parse("""{"0":{"data":{"text/markdown":"**gone**"}}}"""), vanished.Output.Json());
    }

    [Fact]
    public void TooManyMessages_GoToMoreOutput()
    {
        for (var i = 0; i < 600; i++)
        {
            _cell.Take(Items.Stdout($"{i}\n"));
        }

        var output = _cell.Output.Json()!.AsObject();
        Assert.Equal(501, output.Count);
        JsonAssert.Equal(JsonNode.Parse("""{"more_output":true}"""), output["500"]);
        var more = _cell.More!.Read();
        Assert.Equal(100, more.Length);
        Assert.Equal("500\n", (string?)more[0].Json()!["text"]);
        _cell.Take(Items.Of("clear_output", "{}"));
        Assert.Null(_cell.More);
    }

    [Fact]
    public void TooLongOutput_GoesToMoreOutput()
    {
        var cell = Cell(CellOutputLimits.Of(100));
        cell.Take(Items.Stdout(new string('a', 50)));
        cell.Take(Items.Stdout(new string('b', 50)));
        cell.Take(Items.Stdout("c"));
        var output = cell.Output.Json()!.AsObject();
        Assert.Equal(2, output.Count);
        JsonAssert.Equal(JsonNode.Parse("""{"more_output":true}"""), output["1"]);
        Assert.Equal(2, cell.More!.Read().Length);
    }

    [Theory]
    [InlineData(null, 250_000)]
    [InlineData(double.NaN, 250_000)]
    [InlineData(5.0, 100)]
    [InlineData(1e9, 250_000)]
    [InlineData(1234.0, 1234)]
    public void MaxOutputLength_IsClamped(double? setting, int expected) => Assert.Equal(expected, CellOutputLimits.Of(setting).MaxLength);

    [Fact]
    public void Blobs_ThatCannotBeKept_StayInline()
    {
        const string Png = "iVBORw0KGgo=";
        _cell.Take(Items.Of("display_data", """{"data":{"image/png":"not base64!","text/html":["odd"],"image/webp":"AAAA"}}"""));
        Assert.Empty(_blobs.Saved);
        _blobs.Takes = false;
        _cell.Take(Items.Of("display_data", $$$"""{"data":{"image/png":"{{{Png}}}","text/html":"<b>"}}"""));
        AssertOutput($$$$"""{"0":{"data":{"image/png":"not base64!","text/html":["odd"],"image/webp":"AAAA"}},"1":{"data":{"image/png":"{{{{Png}}}}","text/html":"<b>"}}}""");
        _blobs.Takes = true;
        _cell.Take(Items.Of("display_data", $$$"""{"data":{"image/png":"{{{Png[..4]}}}\n{{{Png[4..]}}}\n"}}"""));
        Assert.Equal(Convert.FromBase64String(Png), Assert.Single(_blobs.Saved).Value);
        Assert.Equal(Assert.Single(_blobs.Saved).Key, (string?)_cell.Output.Json()!["2"]!["data"]!["image/png"]);
    }

    private void AssertOutput(string expected) => JsonAssert.Equal(JsonNode.Parse(expected), _cell.Output.Json());

    private CellOutput Cell(CellOutputLimits limits) => new("c0", "python3", limits, _blobs, _time);
}
