using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Notebooks;

namespace ProjectSilo.Gateways.Api;

/// <summary>Executions, runs, stripping and conversions of notebooks in the groups <c>system</c> and <c>editor</c> (spec 10 §10 to §12).</summary>
internal static class NotebookMethods
{
    public static void AddTo(Dictionary<string, Func<ApiCall, ValueTask<WireValue>>> methods)
    {
        methods.Add("system.jupyterExecute", Execute);
        methods.Add("editor.jupyterStripNotebook", Strip);
        methods.Add("editor.jupyterNbconvert", Convert);
        methods.Add("editor.jupyterRunNotebook", Run);
    }

    /// <summary><c>{"kernel":"python3","input":"2+3"}</c> → <c>[{"data":{"text/plain":"5"}}]</c></summary>
    private static async ValueTask<WireValue> Execute(ApiCall call) =>
        JsonResult.Parse(await Notebooks(call).Execute(NotebookBinding.Execution(Required(call)), call.Caller, call.CancellationToken).ConfigureAwait(false));

    /// <summary><c>"a.ipynb"</c> → the notebook's JSON without outputs.</summary>
    private static async ValueTask<WireValue> Strip(ApiCall call)
    {
        var path = call.Argument(0).AsText() ?? throw new RequestException("path must be a string");
        return new WireValue.LongText((await Notebooks(call).Strip(path, call.Caller, call.CancellationToken).ConfigureAwait(false)).Pieces);
    }

    /// <summary><c>{"args":["--to","html","--","a.ipynb"]}</c> → nothing</summary>
    private static async ValueTask<WireValue> Convert(ApiCall call)
    {
        await Notebooks(call).Convert(NotebookBinding.Conversion(Required(call)), call.Caller, call.CancellationToken).ConfigureAwait(false);
        return WireValue.Null;
    }

    /// <summary><c>{"path":"d","ipynb":"{…}"}</c> → the notebook's JSON with outputs.</summary>
    private static async ValueTask<WireValue> Run(ApiCall call) =>
        new WireValue.LongText((await Notebooks(call).Run(NotebookBinding.Run(Required(call)), call.Caller, call.CancellationToken).ConfigureAwait(false)).Pieces);

    private static WireValue.Members Required(ApiCall call) => call.Argument(0) as WireValue.Members ?? throw new RequestException("opts must not be null");

    private static INotebooksGrain Notebooks(ApiCall call) => call.Grain<INotebooksGrain>();
}
