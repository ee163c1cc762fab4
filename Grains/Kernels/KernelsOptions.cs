using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Kernels.Wire;

namespace ProjectSilo.Grains.Kernels;

/// <summary>Bounds and times of Jupyter kernels (spec 10); configuration section <c>Kernels</c>.</summary>
public sealed class KernelsOptions
{
    /// <summary>How kernels are connected to.</summary>
    [EnumDataType(typeof(KernelTransport))]
    public KernelTransport Transport { get; set; }

    /// <summary>Most processes of kernels at once, those of the pool among them; one more is refused. 0: as many as the system has.</summary>
    [Range(0, int.MaxValue)]
    public int MaxKernels { get; set; } = 200;

    /// <summary>The connections to kernels.</summary>
    [ValidateObjectMembers]
    public KernelConnectionOptions Connection { get; set; } = new();

    /// <summary>What is known of the installed kernels is read anew after so long (spec 10 §1.2).</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan SpecsMaxAge { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Looking for kernels, or for a logo, also in folders of dead file systems, fails after so long.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan SpecsTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>A larger <c>kernel.json</c> counts as broken.</summary>
    [Range(1, 100_000_000)]
    public int MaxSpecBytes { get; set; } = 1_000_000;

    /// <summary>Most folders that are looked at for kernels in one scan.</summary>
    [Range(1, 1_000_000)]
    public int MaxSpecs { get; set; } = 1_000;

    /// <summary>How long a logo is kept (spec 10 §1.3).</summary>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan LogoMaxAge { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How many logos are kept.</summary>
    [Range(1, 10_000)]
    public int MaxLogos { get; set; } = 30;

    /// <summary>A larger logo is passed over.</summary>
    [Range(1, 100_000_000)]
    public int MaxLogoBytes { get; set; } = 4_000_000;

    /// <summary>There must be a process after so long (spec 10 §5.1).</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan SpawnTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How long what a kernel has started is looked for, and its process waited for, when it is ended.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan EndTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>So long is waited for the last messages and the last of stderr of a process that has ended: what it started may hold them open for ever.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan LastWordsTime { get; set; } = TimeSpan.FromSeconds(1.5);

    /// <summary>Most UTF-16 code units of stderr that an error shows (spec 10 §2.7).</summary>
    [Range(0, 10_000_000)]
    public int MaxErrorCharacters { get; set; } = 4_000;

    /// <summary>Most bytes of what comes of one execution that wait to be taken; more is left out, which is said (<c>Missing</c>). The kernel never waits.</summary>
    [Range(1, int.MaxValue)]
    public int MaxWaitingOutputBytes { get; set; } = 32 * 1024 * 1024;

    /// <summary>Most bytes of events that wait for one who follows a kernel; one who is slower is left behind with an error.</summary>
    [Range(1, int.MaxValue)]
    public int MaxWaitingEventBytes { get; set; } = 32 * 1024 * 1024;

    /// <summary>Most executions of one kernel that wait; one more is refused.</summary>
    [Range(1, 1_000_000)]
    public int MaxWaitingExecutions { get; set; } = 10_000;

    /// <summary>Most bytes of code of one execution.</summary>
    [Range(1, 1_000_000_000)]
    public int MaxCodeBytes { get; set; } = 100_000_000;

    /// <summary>Most questions of one kernel without an answer (spec 10 §5.3); one more is refused.</summary>
    [Range(1, 1_000_000)]
    public int MaxQuestions { get; set; } = 1_000;

    /// <summary>An answer is waited for so long.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan AnswerTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Where a kernel has replied and does not say that it is idle, or the other way round, or was interrupted, so long after it last said anything it is found out whether the rest was lost.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan LostIdleTime { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>After the first interrupt of an execution whose time is over so long is waited before the next (spec 10 §5.4).</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan InterruptWait { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Each further wait is so many times as long.</summary>
    [Range(1.0, 100.0)]
    public double InterruptWaitGrowth { get; set; } = 1.3;

    /// <summary>After so many interrupts it is killed.</summary>
    [Range(1, 100)]
    public int MaxInterrupts { get; set; } = 3;

    /// <summary>Spare processes of a kind (<c>COCALC_JUPYTER_POOL_SIZE</c>, spec 10 §3); 0: none.</summary>
    [Range(0, 10)]
    public int PoolSize { get; set; } = 1;

    /// <summary>A spare that is older is ended (<c>COCALC_JUPYTER_POOL_TIMEOUT_S</c>).</summary>
    [Range(typeof(TimeSpan), "00:00:00", "36500.00:00:00")]
    public TimeSpan PoolTimeout { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The wait before each spare is started (<c>COCALC_JUPYTER_POOL_LAUNCH_DELAY_MS</c>).</summary>
    [Range(typeof(TimeSpan), "00:00:00", "20.00:00:00")]
    public TimeSpan PoolLaunchDelay { get; set; } = TimeSpan.FromSeconds(7.5);

    /// <summary>How often spares are looked after.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan PoolInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Most kinds of spares.</summary>
    [Range(1, 1_000)]
    public int MaxPools { get; set; } = 20;

    /// <summary>A spare that was told to end has so long at the daemon's end.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan PoolEndGracePeriod { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The file that keeps the kind last asked for, absolute; empty: none (<c>COCALC_JUPYTER_POOL_CONFIG_DIR</c>, <c>…_FILENAME</c>).</summary>
    public string PoolConfigurationFile { get; set; } = "";
}
