using System.ComponentModel.DataAnnotations;

namespace ProjectSilo.Grains.Notebooks;

/// <summary>Bounds and times of code and notebooks that are run and converted on request (spec 10 §10 to §12); configuration section <c>Notebooks</c>.</summary>
public sealed class NotebooksOptions
{
    /// <summary>Stateless executions at once, each with a kernel of its own; others wait.</summary>
    [Range(1, 1_000)]
    public int MaxExecutions { get; set; } = 16;

    /// <summary>The same of one caller.</summary>
    [Range(1, 1_000)]
    public int MaxExecutionsPerCaller { get; set; } = 12;

    /// <summary>Notebooks that are run at once, each with a kernel of its own; others wait.</summary>
    [Range(1, 1_000)]
    public int MaxRuns { get; set; } = 8;

    /// <summary>The same of one caller.</summary>
    [Range(1, 1_000)]
    public int MaxRunsPerCaller { get; set; } = 6;

    /// <summary>Notebooks that are converted at once; others wait.</summary>
    [Range(1, 1_000)]
    public int MaxConversions { get; set; } = 4;

    /// <summary>The same of one caller.</summary>
    [Range(1, 1_000)]
    public int MaxConversionsPerCaller { get; set; } = 3;

    /// <summary>Requests of a kind that wait; one more fails.</summary>
    [Range(0, 100_000)]
    public int MaxWaiting { get; set; } = 200;

    /// <summary>What waits longer fails.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan MaxWait { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Arguments of bash's <c>ulimit</c> for kernels of stateless executions: open files, size of files in KiB, seconds of the processor, memory in KiB.</summary>
    [Required]
    public string StatelessResourceLimits { get; set; } = "-n 1000 -f 10485760 -t 30 -v 3000000";

    /// <summary>Kernels kept ready for stateless executions, of all names; beyond it those of the name that was asked for longest ago are ended.</summary>
    [Range(0, 1_000)]
    public int MaxSpareKernels { get; set; } = 10;

    /// <summary>A kernel that was taken is replaced when the execution has ended, at the latest after so long.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan RefillDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Most output of an execution or a notebook's run, whatever its limits say, UTF-16 code units of its JSON.</summary>
    [Range(1_000, 512 * 1024 * 1024)]
    public int MaxOutputCharacters { get; set; } = 64 * 1024 * 1024;

    /// <summary>Most messages in the output of an execution or a notebook's run; later ones are dropped without a word.</summary>
    [Range(1, 10_000_000)]
    public int MaxOutputMessages { get; set; } = 100_000;

    /// <summary>A larger notebook is refused.</summary>
    [Range(1, 512 * 1024 * 1024)]
    public int MaxNotebookBytes { get; set; } = 150_000_000;

    /// <summary>A kernel for a notebook's run that can't be started is tried again for so long.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan StartRetryTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the printing of a PDF may take.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan PrintTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Most UTF-16 code units of what a conversion says of its failure.</summary>
    [Range(1_000, 64 * 1024 * 1024)]
    public int MaxErrorCharacters { get; set; } = 100_000;
}
