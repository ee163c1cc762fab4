using System.Text;
using System.Text.Json.Nodes;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Tests;

namespace ProjectSilo.Gateways.Tests.Api;

/// <summary>A project with the kernels of this machine.</summary>
public sealed class JupyterProject : IAsyncLifetime
{
    private readonly ProjectHost _host = new();

    internal ProjectHost Host => _host;

    internal string Home => _host.Home;

    public Task InitializeAsync() => _host.InitializeAsync();

    public Task DisposeAsync() => _host.DisposeAsync();

    /// <summary>Calls a method.</summary>
    /// <returns>The result, or what the client is told of the failure.</returns>
    internal async Task<(JsonNode? Result, string? Error)> Call(string method, params string[] arguments)
    {
        try
        {
            return (JsonOf(await _host.Api.Invoke(method, [.. arguments.Select(Wire)], "test", default).AsTask().Within()), null);
        }
        catch (Exception exception) when (WireErrors.IsExpected(exception))
        {
            return (null, WireErrors.Text(exception));
        }
    }

    /// <summary>Executes code.</summary>
    internal async Task<JsonArray> Execute(string code, string options = "{}")
    {
        var arguments = JsonNode.Parse(options)!.AsObject();
        arguments["kernel"] ??= "python3";
        arguments["input"] = code;
        var (result, error) = await Call("system.jupyterExecute", arguments.ToJsonString());
        Assert.Null(error);
        return result!.AsArray();
    }

    /// <summary>The names of the installed kernels, as errors show them: <c>["python3"]</c></summary>
    internal async Task<string> KernelNames()
    {
        var (kernels, _) = await Call("editor.jupyterKernels");
        return new JsonArray([.. kernels!.AsArray().Select(kernel => kernel!["name"]!.DeepClone())]).ToJsonString();
    }

    internal static WireValue Wire(string json) => WireJson.TryParse(Encoding.UTF8.GetBytes(json), out var value) ? value : throw new InvalidDataException(json);

    private static JsonNode? JsonOf(WireValue value) => value switch
    {
        WireValue.LongText text => string.Concat(text.Pieces.Select(piece => Encoding.UTF8.GetString(piece.Span))),
        _ => JsonNode.Parse(WireJson.ToText(value)),
    };
}
