using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Notebooks;

namespace ProjectSilo.Gateways.Api;

/// <summary>The options of executions, runs and conversions between wire and grain (spec 10 §10 to §12).</summary>
internal static class NotebookBinding
{
    private const double LongestPoolSeconds = 365 * 24 * 3600.0;

    /// <summary>The options of <c>system.jupyterExecute</c>.</summary>
    /// <exception cref="RequestException">A member is missing or has no usable type.</exception>
    public static StatelessExecution Execution(WireValue.Members options)
    {
        var defaults = new StatelessExecution { Kernel = "", Input = "" };
        var pool = options.OptionalMembers("pool") ?? new WireValue.Members([]);
        return new StatelessExecution
        {
            Kernel = options.RequiredText("kernel"),
            Input = options.RequiredUtf8("input"),
            History = options["history"] is WireValue.Nothing ? [] : options.RequiredTexts("history"),
            Path = options["path"] is WireValue.Nothing ? null : options.RequiredText("path"),
            PoolSize = pool.OptionalNumber("size") is { } size ? (int)Math.Clamp(size, 0, int.MaxValue) : defaults.PoolSize,
            PoolTimeout = pool.OptionalNumber("timeout_s") is { } seconds ? TimeSpan.FromSeconds(Math.Clamp(seconds, 0, LongestPoolSeconds)) : defaults.PoolTimeout,
            Limits = options.OptionalMembers("limits") is { } limits ? ExecutionLimits(limits) : null,
        };
    }

    /// <summary>The options of <c>editor.jupyterRunNotebook</c>.</summary>
    /// <inheritdoc cref="Execution"/>
    public static NotebookRun Run(WireValue.Members options)
    {
        var limits = options.OptionalMembers("limits") ?? new WireValue.Members([]);
        return new NotebookRun
        {
            Path = options.RequiredText("path"),
            Notebook = options.RequiredUtf8("ipynb"),
            Limits = new ExecutionLimits
            {
                TotalMilliseconds = limits.OptionalNumber("max_total_time_ms") ?? 0,
                MillisecondsPerCell = limits.OptionalNumber("max_time_per_cell_ms") ?? 0,
                MaxOutput = limits.OptionalNumber("max_output") ?? 0,
                MaxOutputPerCell = limits.OptionalNumber("max_output_per_cell") ?? 0,
            },
        };
    }

    /// <summary>The options of <c>editor.jupyterNbconvert</c>.</summary>
    /// <inheritdoc cref="Execution"/>
    public static NotebookConversion Conversion(WireValue.Members options) => new()
    {
        Arguments = options.RequiredTexts("args"),
        Directory = options.OptionalText("directory"),
        TimeoutSeconds = options.OptionalNumber("timeout") is > 0 and var seconds ? seconds : new NotebookConversion { Arguments = [] }.TimeoutSeconds,
    };

    /// <summary>Limits that are given, with what is missing (spec 10 §11).</summary>
    private static ExecutionLimits ExecutionLimits(WireValue.Members limits) => new()
    {
        TotalMilliseconds = limits.OptionalNumber("timeout_ms") ?? 0,
        MillisecondsPerCell = limits.OptionalNumber("timeout_ms_per_cell") ?? 60_000,
        MaxOutput = limits.OptionalNumber("max_output") ?? 4_000_000,
        MaxOutputPerCell = limits.OptionalNumber("max_output_per_cell") ?? 500_000,
        StartTime = limits.OptionalNumber("start_time"),
        TotalOutput = limits.OptionalNumber("total_output") ?? 0,
    };
}
