using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Hosting;
using ProjectSilo.Benchmarks.Client;
using ProjectSilo.Benchmarks.Report;
using ProjectSilo.Benchmarks.Servers;
using ProjectSilo.Grains;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Project;

namespace ProjectSilo.Benchmarks.Measurements;

/// <summary>Jupyter kernels: grains in this process, and stateless executions through a daemon's hub port, beside jupyter_client with nothing else.</summary>
internal static class KernelMeasurement
{
    public const string Group = "kernels";

    private const string Baseline = "bare jupyter_client";
    private const int SpareKernels = 2;
    private const int IdleKernels = 16;
    private const double MostMoreMilliseconds = 3;
    private const double MostIdleKilobytes = 500;

    /// <summary>None, as far as hundredths of a second can tell.</summary>
    private const double MostIdleMilliseconds = 0.2;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>The same as in <c>bare_kernel.py</c>.</summary>
    private const string Lines = "import sys\nfor i in range(10000):\n    print(i); sys.stdout.flush()";
    private const string Bytes = "import sys\n_ = sys.stdout.write(('x' * 99 + '\\n') * 200_000)";

    public static async Task<IReadOnlyList<Row>> Run(Published published, bool quick)
    {
        using var bare = PythonKernel.Start();
        var (rows, start) = await Grains(bare, quick);
        return [.. rows, .. await Stateless(published, bare, start, quick), .. await Idle(published, quick)];
    }

    /// <summary>Kernel grains.</summary>
    /// <returns>The rows, and a bare kernel's start in milliseconds.</returns>
    private static async Task<(List<Row> Rows, double Start)> Grains(PythonKernel bare, bool quick)
    {
        var home = Directory.CreateTempSubdirectory("projectsilo-bench-").FullName;
        try
        {
            using var project = Project(home);
            await project.StartAsync();
            var grains = project.Services.GetRequiredService<IGrainFactory>();
            List<double> spawn = [], bareSpawn = [], lines = [], bareLines = [], bytes = [], bareBytes = [];
            for (var round = 0; round < (quick ? 3 : 15); round++)
            {
                bareSpawn.Add(await bare.Spawn());
                spawn.Add(await Spawn(grains, $"spawn-{round}"));
            }

            var kernel = await Start(grains, "output");
            for (var round = 0; round < (quick ? 1 : 5); round++)
            {
                bareLines.Add(await bare.Run("lines"));
                lines.Add(await Time(kernel, Lines));
                bareBytes.Add(await bare.Run("bytes"));
                bytes.Add(await Time(kernel, Bytes));
            }

            await kernel.Close();
            await project.StopAsync();
            return (
                [
                    Row.OfRatio(Group, "spawn to the first result", "ms", spawn.Median(), Baseline, bareSpawn.Median(), 1.15),
                    Row.OfRatio(Group, "10,000 lines flushed one by one", "ms", lines.Median(), Baseline, bareLines.Median(), 1.2),
                    Row.OfRatio(Group, "20 MB of stdout", "ms", bytes.Median(), Baseline, bareBytes.Median(), 1.3),
                ],
                bareSpawn.Median());
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    /// <summary>Stateless executions: with a kernel that is ready, and faster than kernels can be started.</summary>
    private static async Task<List<Row>> Stateless(Published published, PythonKernel bare, double start, bool quick)
    {
        using var daemon = ServerProcess.StartDaemon(published.Daemon, "PYTHONWARNINGS=ignore");
        using var hub = HubClient.ConnectHub(daemon.Port);
        var execute = HubRequests.JupyterExecute("1+1", SpareKernels);
        hub.Call(execute);
        List<double> warm = [], round = [], backToBack = [];
        for (var i = 0; i < (quick ? 5 : 30); i++)
        {
            await SparesAreIdle(daemon, SpareKernels);
            warm.Add(Time(hub, execute));
            round.Add((await bare.Rounds(5)).Median());
        }

        for (var i = 0; i < (quick ? 10 : 100); i++)
        {
            backToBack.Add(Time(hub, execute));
        }

        return
        [
            Row.AtMost(Group, "stateless 1+1 with a kernel ready, p50", "ms", warm.Median(), round.Median() + MostMoreMilliseconds).Beside(Baseline, round.Median()),
            Row.OfRatio(Group, "stateless 1+1, back to back, p99", "ms", backToBack.Percentile(0.99), "a kernel's start", start, 2),
        ];
    }

    /// <summary>What kernels cost that nobody uses.</summary>
    private static async Task<List<Row>> Idle(Published published, bool quick)
    {
        // Garbage of the start, which the daemon otherwise keeps until there is more of it, is no memory of a kernel.
        using var daemon = ServerProcess.StartDaemon(
            published.Daemon, "PYTHONWARNINGS=ignore", $"PROJECTSILO_Notebooks__MaxSpareKernels={IdleKernels + 1}", "PROJECTSILO_IdleMemory__WorthwhileBytes=1");
        using var hub = HubClient.ConnectHub(daemon.Port);
        hub.Call(HubRequests.JupyterExecute("1+1", 1));
        var (memoryOfOne, cpuOfOne) = await Idle(daemon, 1, quick);
        hub.Call(HubRequests.JupyterExecute("1+1", IdleKernels + 1));
        var (memory, cpu) = await Idle(daemon, IdleKernels + 1, quick);
        return
        [
            Row.AtMost(Group, "an idle kernel in the daemon", "KB", (memory - memoryOfOne) * 1024 / IdleKernels, MostIdleKilobytes),
            Row.AtMost(Group, "an idle kernel's processor time in the daemon", "ms/s", (cpu - cpuOfOne) / IdleKernels, MostIdleMilliseconds),
        ];
    }

    /// <summary>What a daemon takes with so many kernels that do nothing: MB, and ms of the processor a second.</summary>
    private static async Task<(double Memory, double Cpu)> Idle(ServerProcess daemon, int kernels, bool quick)
    {
        var seconds = quick ? 10 : 60;
        await SparesAreIdle(daemon, kernels);
        await Task.Delay(TimeSpan.FromSeconds(quick ? 10 : 60));
        var cpu = ProcessFigures.CpuSeconds(daemon.Pid);
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        return (ProcessFigures.Memory(daemon.Pid).Pss, (ProcessFigures.CpuSeconds(daemon.Pid) - cpu) * 1000 / seconds);
    }

    /// <summary>Waits until so many kernels of the daemon do nothing.</summary>
    private static async Task SparesAreIdle(ServerProcess daemon, int count)
    {
        var begin = Stopwatch.GetTimestamp();
        for (var last = -1.0; Stopwatch.GetElapsedTime(begin) < Patience;)
        {
            var kernels = KernelsOf(daemon.Pid).ToArray();
            var cpu = kernels.Sum(ProcessFigures.CpuSeconds);
            if (kernels.Length == count && cpu == last)
            {
                return;
            }

            last = kernels.Length == count ? cpu : -1;
            await Task.Delay(500);
        }

        throw new TimeoutException($"{count} kernels never came to rest");
    }

    private static IEnumerable<int> KernelsOf(int pid)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out var child) && IsKernelOf(pid, folder))
            {
                yield return child;
            }
        }
    }

    private static bool IsKernelOf(int pid, string folder)
    {
        try
        {
            return File.ReadAllText($"{folder}/status").Contains($"\nPPid:\t{pid}\n", StringComparison.Ordinal)
                && File.ReadAllText($"{folder}/cmdline").Contains("ipykernel", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return false;
        }
    }

    private static double Time(HubClient hub, byte[] request)
    {
        var begin = Stopwatch.GetTimestamp();
        hub.Call(request);
        return Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
    }

    private static async Task<double> Spawn(IGrainFactory grains, string id)
    {
        var begin = Stopwatch.GetTimestamp();
        var kernel = await Start(grains, id);
        var time = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        await kernel.Close();
        return time;
    }

    /// <summary>A kernel that has executed something.</summary>
    private static async Task<IKernelGrain> Start(IGrainFactory grains, string id)
    {
        var kernel = grains.GetGrain<IKernelGrain>(GrainKey.Of(0, id));
        await kernel.Configure(new KernelOptions { Kernel = "python3", Path = $"{id}.ipynb" });
        await Time(kernel, "1+1");
        return kernel;
    }

    private static async Task<double> Time(IKernelGrain kernel, string code)
    {
        var begin = Stopwatch.GetTimestamp();
        await foreach (var item in kernel.Execute(new ExecuteRequest { Id = Guid.NewGuid().ToString(), Code = code }, CancellationToken.None))
        {
            if (item.Missing > 0)
            {
                throw new InvalidOperationException($"{item.Missing} messages are missing.");
            }
        }

        return Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
    }

    private static IHost Project(string home)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleans(silo => silo.AddGrainClasses(GrainServices.GrainClasses));
        builder.Services.AddGrainServices();
        builder.Services.AddSingleton(new NamedServerSettings { Folder = Path.Join(home, "named_servers") });
        builder.Services.AddSingleton(new ProjectSettings
        {
            ProjectId = ServerProcess.ProjectId,
            Home = home,
            Environment = ImmutableDictionary<string, string>.Empty.Add("HOME", home).Add("PATH", "/usr/bin:/bin").Add("PYTHONWARNINGS", "ignore"),
        });
        return builder.Build();
    }
}
