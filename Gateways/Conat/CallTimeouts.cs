using System.Collections.Immutable;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Gateways.Conat;

/// <summary>How long the caller of a method of the API waits (spec 06 §3.1).</summary>
internal static class CallTimeouts
{
    private static readonly TimeSpan FileChanges = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ExecWithoutTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(24);

    private const double ExecMarginSeconds = 2;
    private const double NbconvertDefaultSeconds = 60;
    private const double NbconvertMarginSeconds = 5;
    private const double RunNotebookMarginMilliseconds = 60;

    public static TimeSpan Of(string name, ImmutableArray<WireValue> arguments, ConatGatewayOptions options)
    {
        var first = arguments is [WireValue.Members members, ..] ? members : new WireValue.Members([]);
        return name switch
        {
            "system.deleteFiles" or "system.moveFiles" or "system.renameFile" => FileChanges,
            "system.exec" => Positive(first["timeout"]) is { } seconds ? Seconds(seconds + ExecMarginSeconds) : ExecWithoutTimeout,
            "editor.jupyterNbconvert" => Seconds((Positive(first["timeout"]) ?? NbconvertDefaultSeconds) + NbconvertMarginSeconds),
            "editor.jupyterRunNotebook" when Limit(first["limits"]) is { } milliseconds => Seconds((RunNotebookMarginMilliseconds + (2 * milliseconds)) / 1_000),
            _ => options.ComputeServerTimeout,
        };
    }

    private static double? Limit(WireValue limits) => limits is WireValue.Members members ? Positive(members["max_total_time_ms"]) : null;

    private static double? Positive(WireValue value) => value.AsNumber() is > 0 and var number ? number : null;

    private static TimeSpan Seconds(double seconds) => seconds < Longest.TotalSeconds ? TimeSpan.FromSeconds(seconds) : Longest;
}
