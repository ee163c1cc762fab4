namespace ProjectSilo.Gateways.Api;

/// <summary>The methods of spec 06 §3 that this version does not have yet. They are known, and say so.</summary>
internal static class UnavailableMethods
{
    public static IReadOnlyList<string> Names { get; } =
    [
        "system.jupyterExecute", "system.listJupyterKernels", "system.stopJupyterKernel",
        "editor.jupyterKernels", "editor.jupyterKernelLogo",
        "editor.jupyterStripNotebook", "editor.jupyterNbconvert", "editor.jupyterRunNotebook",
    ];
}
