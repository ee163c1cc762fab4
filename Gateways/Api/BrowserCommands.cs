using System.Collections.Immutable;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Hub;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Gateways.Api;

/// <summary>
/// The commands that browsers send as <c>{"cmd":"listing","path":"d"}</c> (spec 04 §8), over the WebSocket and over conat's <c>browser-api</c>: each leads to a method
/// of the table.
/// </summary>
public sealed class BrowserCommands
{
    private const double MaxQueryTimeoutSeconds = 3600;

    private readonly ApiTable _api;
    private readonly IHubs _hubs;
    private readonly Dictionary<string, Func<WireValue.Members, string, CancellationToken, ValueTask<WireValue>>> _commands;

    /// <summary>Makes the table.</summary>
    public BrowserCommands(ApiTable api, IHubs hubs)
    {
        _api = api;
        _hubs = hubs;
        _commands = new Dictionary<string, Func<WireValue.Members, string, CancellationToken, ValueTask<WireValue>>>(StringComparer.Ordinal)
        {
            ["version"] = Method("system.version"),
            ["listing"] = Forwarded("system.listing"),
            ["delete_files"] = Forwarded("system.deleteFiles"),
            ["move_files"] = Forwarded("system.moveFiles"),
            ["rename_file"] = Forwarded("system.renameFile"),
            ["canonical_paths"] = Method("system.canonicalPaths", "paths"),
            ["realpath"] = Method("system.realpath", "path"),
            ["configuration"] = Method("system.configuration", "aspect", "no_cache"),
            ["exec"] = Method("system.exec", "opts"),
            ["query"] = Query,
            ["eval_code"] = (_, _, _) => throw new RequestException("eval_code is not supported"),
            ["formatter"] = (_, _, _) => new ValueTask<WireValue>(FormatterMethods.NotOpened),
            ["prettier"] = (_, _, _) => new ValueTask<WireValue>(FormatterMethods.NotOpened),
            ["formatter_string"] = Whole("editor.formatterString"),
            ["prettier_string"] = Whole("editor.formatterString"),
            ["jupyter_strip_notebook"] = Method("editor.jupyterStripNotebook", "ipynb_path"),
            ["jupyter_nbconvert"] = Method("editor.jupyterNbconvert", "opts"),
            ["jupyter_run_notebook"] = Method("editor.jupyterRunNotebook", "opts"),
        };
    }

    /// <summary>Whether there is such a command.</summary>
    public bool Knows(string name) => _commands.ContainsKey(name);

    /// <summary>The error of a command that there isn't.</summary>
    internal static RequestException Unknown(string name) => new($"command \"{name}\" not implemented -- restart your project (in Project --> Settings)");

    /// <summary>Carries out a command.</summary>
    /// <returns>Its result; <see cref="WireValue.Null"/> for none.</returns>
    /// <exception cref="Exception">It failed: <see cref="WireErrors.Text"/> says what the browser is told.</exception>
    public ValueTask<WireValue> Invoke(WireValue.Members message, string caller, CancellationToken cancellationToken)
    {
        var name = message["cmd"].Show();
        return _commands.TryGetValue(name, out var command)
            ? command(message, caller, cancellationToken)
            : throw Unknown(name);
    }

    /// <summary>A method whose arguments are these members.</summary>
    private Func<WireValue.Members, string, CancellationToken, ValueTask<WireValue>> Method(string method, params ImmutableArray<string> arguments) =>
        (message, caller, cancellationToken) => _api.Invoke(method, [.. arguments.Select(name => message[name])], caller, cancellationToken);

    /// <summary>A method whose argument is the whole message.</summary>
    private Func<WireValue.Members, string, CancellationToken, ValueTask<WireValue>> Whole(string method) =>
        (message, caller, cancellationToken) => _api.Invoke(method, [message], caller, cancellationToken);

    /// <summary>The same, on the compute server that <c>compute_server_id</c> names (spec 09 §1.12).</summary>
    private Func<WireValue.Members, string, CancellationToken, ValueTask<WireValue>> Forwarded(string method) =>
        (message, caller, cancellationToken) =>
        {
            var id = message.ComputeServerId();
            return (id == 0 ? _api : _api.For(id)).Invoke(method, [message], caller, cancellationToken);
        };

    /// <summary><c>{"cmd":"query","opts":{"query":{…}}}</c> → the hub's whole answer (spec 09 §12).</summary>
    private async ValueTask<WireValue> Query(WireValue.Members message, string caller, CancellationToken cancellationToken)
    {
        var options = message["opts"] as WireValue.Members ?? throw new RequestException("opts must not be null");
        if (options["changes"].IsTruthy())
        {
            throw new RequestException("changefeeds are not supported for api queries");
        }

        if (options["query"] is WireValue.Nothing)
        {
            throw new RequestException("query must be specified");
        }

        var queryOptions = options["options"] is WireValue.Nothing ? null : options["options"];
        TimeSpan? timeout = options["timeout"].AsNumber() is > 0 and <= MaxQueryTimeoutSeconds and var seconds ? TimeSpan.FromSeconds(seconds) : null;
        return await _hubs.Query(options["query"], queryOptions, cancellationToken, timeout).ConfigureAwait(false);
    }
}
