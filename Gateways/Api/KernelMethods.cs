using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Kernels;

namespace ProjectSilo.Gateways.Api;

/// <summary>The methods on kernels of the groups <c>system</c> and <c>editor</c> (spec 10 §1, §2).</summary>
internal static class KernelMethods
{
    public static void AddTo(Dictionary<string, Func<ApiCall, ValueTask<WireValue>>> methods)
    {
        methods.Add("system.listJupyterKernels", List);
        methods.Add("system.stopJupyterKernel", Stop);
        methods.Add("editor.jupyterKernels", Kernels);
        methods.Add("editor.jupyterKernelLogo", Logo);
    }

    /// <summary><c>[]</c> → <c>[{"pid":4711,"connectionFile":"/…/kernel-….json","kernel_name":"python3"}]</c></summary>
    private static async ValueTask<WireValue> List(ApiCall call)
    {
        var running = await Directory(call).Running().ConfigureAwait(false);
        return new WireValue.Items([.. running.Select(kernel => (WireValue)new WireObject
        {
            ["pid"] = kernel.Pid,
            ["connectionFile"] = kernel.ConnectionFile,
            ["kernel_name"] = kernel.KernelName,
        }.Build())]);
    }

    /// <summary><c>{"pid":4711}</c> → <c>{"success":true}</c></summary>
    private static async ValueTask<WireValue> Stop(ApiCall call)
    {
        var pid = call.Options(0)["pid"].AsNumber() is { } number && double.IsInteger(number) ? number : throw new RequestException("pid must be an integer");
        var isStopped = pid is > 1 and <= int.MaxValue && await Directory(call).Stop((int)pid).ConfigureAwait(false);
        return new WireObject { ["success"] = isStopped }.Build();
    }

    /// <summary><c>{"noCache":true}</c> → <c>[{"name":"python3","display_name":"Python 3 (ipykernel)",…}]</c></summary>
    private static async ValueTask<WireValue> Kernels(ApiCall call)
    {
        var kernels = await Directory(call).Kernels(call.Options(0)["noCache"].IsTruthy()).ConfigureAwait(false);
        return new WireValue.Items([.. kernels.Select(kernel => JsonResult.Parse(kernel.Json))]);
    }

    /// <summary><c>"python3"</c> → <c>{"filename":"logo-svg.svg","base64":"PHN2…"}</c></summary>
    private static async ValueTask<WireValue> Logo(ApiCall call)
    {
        var name = call.Argument(0).AsText() ?? throw new RequestException("the name of the kernel must be a string");
        var logo = await Directory(call).Logo(name, call.Options(1)["noCache"].IsTruthy()).ConfigureAwait(false);
        return new WireObject
        {
            ["filename"] = logo.FileName is { } file ? (WireValue)file : null,
            ["base64"] = Convert.ToBase64String(logo.Content.Span),
        }.Build();
    }

    private static IKernelDirectoryGrain Directory(ApiCall call) => call.Grain<IKernelDirectoryGrain>();
}
