using System.Text;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Gateways.Tests.Api;

/// <summary>Options of every odd type that a loosely typed client may send (spec 09 §1.1, §3).</summary>
public sealed class ExecBindingTests
{
    [Fact]
    public void AbsentAndNull_AreTheDefaults()
    {
        var names = new[]
        {
            "args", "bash", "path", "cwd", "timeout", "ulimit_timeout", "err_on_exit", "max_output", "env", "home", "uid", "gid", "aggregate",
        };
        foreach (var json in new[] { "{\"command\":\"x\"}", $"{{\"command\":\"x\",{string.Join(',', names.Select(name => $"\"{name}\":null"))}}}" })
        {
            var options = ExecBinding.Options(Parse(json));
            Assert.Equal("x", options.Command);
            Assert.Empty(options.Args);
            Assert.Empty(options.Env);
            Assert.Equal((60, true, true, false), (options.TimeoutSeconds, options.UlimitTimeout, options.ErrOnExit, options.Bash));
            Assert.Equal((null, null, null), (options.MaxOutput, options.Uid, options.Gid));
            Assert.Equal((null, null, null), (options.Path, options.Cwd, options.Home));
            Assert.Null(options.Aggregate);
        }
    }

    [Theory]
    [InlineData("10", 10)]
    [InlineData("10.0", 10)]
    [InlineData("0.1", 0.1)]
    [InlineData("\"2.5\"", 2.5)]
    [InlineData("0", 0)]
    [InlineData("-0", 0)]
    [InlineData("-1", -1)]
    [InlineData("1e400", double.PositiveInfinity)]
    public void Timeout_IsAnyNumberOrItsText(string json, double expected) =>
        Assert.Equal(expected, ExecBinding.Options(Parse($"{{\"command\":\"x\",\"timeout\":{json}}}")).TimeoutSeconds);

    [Theory]
    [InlineData("3", 3)]
    [InlineData("3.0", 3)]
    [InlineData("3.9", 3)]
    [InlineData("\"3\"", 3)]
    [InlineData("-5", -5)]
    [InlineData("1e10", int.MaxValue)]
    [InlineData("-1e400", int.MinValue)]
    public void Integers_AreCutAndBounded(string json, int expected)
    {
        var options = ExecBinding.Options(Parse($"{{\"command\":\"x\",\"max_output\":{json},\"uid\":{json},\"gid\":{json}}}"));
        Assert.Equal((expected, expected, expected), (options.MaxOutput, options.Uid, options.Gid));
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("false", false)]
    [InlineData("1", true)]
    [InlineData("0", false)]
    [InlineData("-0.0", false)]
    [InlineData("\"\"", false)]
    [InlineData("\"false\"", true)]
    [InlineData("[]", true)]
    [InlineData("{}", true)]
    public void Flags_AreTruthiness(string json, bool expected)
    {
        var options = ExecBinding.Options(Parse($"{{\"command\":\"x\",\"bash\":{json},\"ulimit_timeout\":{json},\"err_on_exit\":{json}}}"));
        Assert.Equal((expected, expected, expected), (options.Bash, options.UlimitTimeout, options.ErrOnExit));
    }

    [Fact]
    public void ArgumentsAndEnvironment_AreConvertedAsJavaScriptDoes()
    {
        var options = ExecBinding.Options(Parse(
            "{\"command\":\"x\",\"args\":[\"a\",5,5.0,-0,1e21,1e-7,123456789012345678901,true,\"\"],\"env\":{\"A\":5,\"B\":false,\"C\":null,\"D\":0.000001,\"A\":6}}"));
        Assert.Equal("a|5|5|0|1e+21|1e-7|123456789012345680000|true|", string.Join('|', options.Args));
        Assert.Equal(["A=6", "B=false", "D=0.000001"], options.Env.Select(variable => $"{variable.Key}={variable.Value}").Order());
    }

    [Theory]
    [InlineData("{}", "command must be specified")]
    [InlineData("{\"command\":\"\"}", "command must be specified")]
    [InlineData("{\"command\":null}", "command must be specified")]
    [InlineData("{\"command\":5}", "command must be a string")]
    [InlineData("{\"command\":\"x\",\"args\":\"a\"}", "args must be an array of strings")]
    [InlineData("{\"command\":\"x\",\"args\":{\"0\":\"a\"}}", "args must be an array of strings")]
    [InlineData("{\"command\":\"x\",\"args\":[null]}", "args must be an array of strings")]
    [InlineData("{\"command\":\"x\",\"args\":[[\"a\"]]}", "args must be an array of strings")]
    [InlineData("{\"command\":\"x\",\"env\":[]}", "env must be an object of strings")]
    [InlineData("{\"command\":\"x\",\"env\":{\"A\":{}}}", "env must be an object of strings")]
    [InlineData("{\"command\":\"x\",\"path\":5}", "path must be a string")]
    [InlineData("{\"command\":\"x\",\"cwd\":[]}", "cwd must be a string")]
    [InlineData("{\"command\":\"x\",\"home\":false}", "home must be a string")]
    [InlineData("{\"command\":\"x\",\"timeout\":\"soon\"}", "timeout must be a number")]
    [InlineData("{\"command\":\"x\",\"timeout\":true}", "timeout must be a number")]
    [InlineData("{\"command\":\"x\",\"max_output\":[]}", "max_output must be a number")]
    [InlineData("{\"command\":\"x\",\"aggregate\":true}", "aggregate must be a number, a string or an object with a value")]
    [InlineData("{\"command\":\"x\",\"aggregate\":[]}", "aggregate must be a number, a string or an object with a value")]
    public void WhatHasNoUse_IsRefused(string json, string expected) =>
        Assert.Equal(expected, Assert.Throws<RequestException>(() => ExecBinding.Options(Parse(json))).Message);

    [Fact]
    public void AggregateKey_IsAllOptionsInAnyOrderButForItself()
    {
        var first = ExecBinding.Options(Parse("{\"command\":\"x\",\"id\":1,\"env\":{\"a\":1,\"b\":2},\"aggregate\":1,\"cb\":1,\"streamCB\":2}")).Aggregate!;
        var second = ExecBinding.Options(Parse("{\"aggregate\":\"s\",\"env\":{\"b\":2,\"a\":1.0},\"id\":1,\"command\":\"x\"}")).Aggregate!;
        var third = ExecBinding.Options(Parse("{\"aggregate\":{\"value\":{\"y\":1,\"x\":[2]}},\"env\":{\"b\":2},\"id\":1,\"command\":\"x\"}")).Aggregate!;
        Assert.Equal(first.Key, second.Key);
        Assert.NotEqual(first.Key, third.Key);
        Assert.Equal((1, "s", "{\"x\":[2],\"y\":1}"), (first.Value.Number, second.Value.Text, third.Value.ObjectValue));
    }

    [Theory]
    [InlineData("{\"pid\":5}", 15, "5")]
    [InlineData("{\"signal\":9,\"pid\":5,\"pids\":[6.0,-7]}", 9, "5,6,-7")]
    [InlineData("{\"signal\":null,\"pid\":null,\"pids\":null}", 15, "")]
    [InlineData("{\"signal\":0,\"pids\":[]}", 0, "")]
    [InlineData("{\"signal\":\"SIGINT\",\"pid\":5}", 2, "5")]
    [InlineData("{\"signal\":\"SIGSYS\",\"pid\":5}", 31, "5")]
    [InlineData("{\"signal\":1e300,\"pid\":5}", int.MaxValue, "5")]
    [InlineData("{\"signal\":1.5,\"pid\":5}", int.MaxValue, "5")]
    [InlineData("{\"signal\":-1,\"pid\":5}", -1, "5")]
    public void Signal_IsANumberOrAName(string json, int signal, string pids)
    {
        var request = SignalBinding.Request(Parse(json));
        Assert.Equal(signal, request.Signal);
        Assert.Equal(pids, string.Join(',', request.Pids));
    }

    [Theory]
    [InlineData("{\"signal\":\"FOO\"}", "TypeError [ERR_UNKNOWN_SIGNAL]: Unknown signal: FOO")]
    [InlineData("{\"signal\":\"9\"}", "TypeError [ERR_UNKNOWN_SIGNAL]: Unknown signal: 9")]
    [InlineData("{\"signal\":[1,2]}", "TypeError [ERR_UNKNOWN_SIGNAL]: Unknown signal: 1,2")]
    [InlineData("{\"pid\":\"5\"}", "Error: a pid must be an integer")]
    [InlineData("{\"pid\":1.5}", "Error: a pid must be an integer")]
    [InlineData("{\"pid\":1e400}", "Error: a pid must be an integer")]
    [InlineData("{\"pid\":-2147483648}", "Error: a pid must be an integer")]
    [InlineData("{\"pids\":[null]}", "Error: a pid must be an integer")]
    [InlineData("{\"pids\":5}", "Error: pids must be an array of numbers")]
    public void SignalOfAnotherType_IsRefused(string json, string expected) =>
        Assert.Equal(expected, WireErrors.Text(Assert.ThrowsAny<Exception>(() => SignalBinding.Request(Parse(json)))));

    [Theory]
    [InlineData("null", "undefined")]
    [InlineData("[]", "")]
    [InlineData("[1,[2,null,\"a\"],{}]", "1,2,,a,[object Object]")]
    [InlineData("true", "true")]
    [InlineData("1e21", "1e+21")]
    [InlineData("\"a\"", "a")]
    public void Show_IsWhatATemplateShows(string json, string expected)
    {
        Assert.True(WireJson.TryParse(Encoding.UTF8.GetBytes(json), out var value));
        Assert.Equal(expected, value.Show());
    }

    private static WireValue.Members Parse(string json)
    {
        Assert.True(WireJson.TryParse(Encoding.UTF8.GetBytes(json), out var value));
        return Assert.IsType<WireValue.Members>(value);
    }
}
