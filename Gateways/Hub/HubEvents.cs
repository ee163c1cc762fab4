using System.Diagnostics;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;

namespace ProjectSilo.Gateways.Hub;

/// <summary>What a hub may ask, by <c>event</c> (spec 02 §3 to §9): translates each to a call of the method table and back.</summary>
internal sealed class HubEvents
{
    /// <summary>The one event that waits for a blob.</summary>
    public const string WriteFile = "write_file_to_project";

    private readonly ApiTable _api;
    private readonly ApiIdentity _identity;
    private readonly Dictionary<string, HubEventHandler> _handlers;

    public HubEvents(ApiTable api, ApiIdentity identity, HubFileEvents files)
    {
        _api = api;
        _identity = identity;
        _handlers = new Dictionary<string, HubEventHandler>(StringComparer.Ordinal)
        {
            ["project_exec"] = ProjectExec,
            ["send_signal"] = SendSignal,
            ["named_server_port"] = NamedServerPort,
            ["print_to_pdf"] = PrintToPdf,
            ["jupyter_execute"] = JupyterExecute,
            ["jupyter_kernels"] = JupyterKernels,
            ["read_file_from_project"] = files.ReadFile,
            [WriteFile] = files.WriteFile,
            ["read_text_file_from_project"] = files.ReadTextFile,
            ["write_text_file_to_project"] = files.WriteTextFile,
        };
    }

    /// <summary>The answer to what needs no waiting: <c>ping</c> and <c>hello</c>.</summary>
    public WireObject? Answer(WireValue.Members message) => message["event"].AsText() switch
    {
        "ping" => new WireObject { ["event"] = "pong" },
        "hello" => new WireObject { ["event"] = "version", ["version"] = _identity.Version },
        _ => null,
    };

    /// <summary>The handler of an event; null for an unknown one.</summary>
    public HubEventHandler? Find(string? name) => name is null ? null : _handlers.GetValueOrDefault(name);

    /// <summary>The error text for an unknown event.</summary>
    public string NotImplemented(WireValue.Members message) =>
        $"Project {_identity.ProjectId} does not implement handling mesg with event='{message["event"].Show()}'";

    /// <summary>Whether errors are sent even though no <c>id</c> tells what they belong to.</summary>
    public bool AnswersWithoutId(WireValue.Members message) => message["event"].AsText() is { } name && name != "send_signal" && _handlers.ContainsKey(name);

    /// <summary>The text of an <c>error</c> answer.</summary>
    public static string ErrorText(string name, WireValue.Members message, Exception exception)
    {
        var text = WireErrors.Text(exception);
        return name == "project_exec"
            ? $"Error executing command '{message["command"].Show()}' with args '{message["args"].Show()}' -- {text}"
            : text;
    }

    /// <summary><c>{"event":"project_exec","id":"x1","command":"echo"}</c> → <c>{"event":"project_exec_output","id":"x1","stdout":…}</c> (spec 02 §5).</summary>
    private async Task ProjectExec(HubRequest request)
    {
        if (request.Message["command"].AsText() == "smc-jupyter")
        {
            request.Refuse("do not run smc-jupyter directly");
            return;
        }

        var result = await _api.Invoke("system.exec", [request.Message], request.Caller, request.CancellationToken).ConfigureAwait(false);
        await request.Answer(new WireObject { ["event"] = "project_exec_output" }.AddAll((WireValue.Members)result, "id")).ConfigureAwait(false);
    }

    /// <summary><c>{"event":"named_server_port","id":"n0","name":"code"}</c> → the same with <c>"port":40413</c> (spec 02 §7).</summary>
    private async Task NamedServerPort(HubRequest request)
    {
        var port = await _api.NamedServerPort(request.Message["name"].Show()).ConfigureAwait(false);
        await request.Answer(new WireObject { ["event"] = "named_server_port" }.AddAll(request.Message, "event", "id", "port").With("port", port)).ConfigureAwait(false);
    }

    /// <summary><c>{"event":"print_to_pdf","id":"p3","path":"a.sagews","options":{}}</c> → <c>{"event":"printed_to_pdf","path":"a.pdf"}</c> (spec 02 §9).</summary>
    private async Task PrintToPdf(HubRequest request)
    {
        var path = request.Message["path"].AsText() ?? throw new RequestException("path must be specified");
        var extension = ProjectPath.Extension(path);
        if (extension != "sagews")
        {
            throw new RequestException($"unable to print file of type '{extension}'");
        }

        var pdf = await _api.Invoke("editor.printSageWS", [request.Message], request.Caller, request.CancellationToken).ConfigureAwait(false);
        await request.Answer(new WireObject { ["event"] = "printed_to_pdf", ["path"] = pdf }).ConfigureAwait(false);
    }

    /// <summary><c>{"event":"jupyter_execute","id":"j1","kernel":"python3","input":"2+3"}</c> → <c>{"event":"jupyter_execute_response","id":"j1","output":[…]}</c> (spec 02 §8).</summary>
    private async Task JupyterExecute(HubRequest request)
    {
        var output = await _api.Invoke("system.jupyterExecute", [request.Message], request.Caller, request.CancellationToken).ConfigureAwait(false);
        await request.Answer(new WireObject { ["event"] = "jupyter_execute_response", ["output"] = output }).ConfigureAwait(false);
    }

    /// <summary><c>{"event":"jupyter_kernels","id":"j3"}</c> → <c>{"event":"jupyter_kernels","id":"j3","kernels":[…]}</c> (spec 02 §8).</summary>
    private async Task JupyterKernels(HubRequest request)
    {
        var kernels = await _api.Invoke("editor.jupyterKernels", [], request.Caller, request.CancellationToken).ConfigureAwait(false);
        await request.Answer(new WireObject { ["event"] = "jupyter_kernels", ["kernels"] = kernels }).ConfigureAwait(false);
    }

    /// <summary><c>{"event":"send_signal","id":"s2","pid":4711,"signal":9}</c> → <c>{"event":"signal_sent","id":"s2"}</c> (spec 02 §9).</summary>
    private async Task SendSignal(HubRequest request)
    {
        var pid = request.Message["pid"].AsNumber() ?? 0;
        var signal = request.Message["signal"].AsNumber();
        if (pid is <= 1 or > int.MaxValue || !double.IsInteger(pid) || pid == Environment.ProcessId || signal is not (2 or 3 or 9))
        {
            request.Refuse("invalid pid or signal (must be 2,3,9)");
            return;
        }

        try
        {
            var argument = new WireObject { ["pid"] = pid, ["signal"] = signal.Value }.Build();
            await _api.Invoke("system.signal", [argument], request.Caller, request.CancellationToken).ConfigureAwait(false);
        }
        catch (PosixException)
        {
            // Its failure is ignored (spec 02 §9): the process may have ended by itself.
            Activity.Current?.AddEvent(new ActivityEvent("signal not delivered"));
        }

        if (request.Message["id"] is not WireValue.Nothing)
        {
            await request.Answer(new WireObject { ["event"] = "signal_sent" }).ConfigureAwait(false);
        }
    }
}
