using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Kernels;

namespace ProjectSilo.Grains.Tests.Kernels;

/// <summary>Code that leaves as much behind as it can.</summary>
internal static class LeftBehind
{
    /// <summary>A child in the kernel's session, one in a session of its own, a daemon (twice forked, its parents gone), and one that has also a clean environment while its parent lives. The result is their pids.</summary>
    public const string Code =
        """
        import subprocess, os
        out = subprocess.run(['bash', '-c', '(setsid sleep 1001 >/dev/null 2>&1 & echo $!)'], stdout=subprocess.PIPE, text=True).stdout
        pids = [
            os.getpid(),
            subprocess.Popen(['sleep', '1002']).pid,
            subprocess.Popen(['sleep', '1003'], start_new_session=True).pid,
            int(out),
            subprocess.Popen(['env', '-i', '/bin/sleep', '1004'], start_new_session=True).pid,
        ]
        print(*pids)
        """;

    /// <summary>Starts a kernel that executes it.</summary>
    /// <returns>The pids, with blanks between them.</returns>
    public static async Task<string> Start(IServiceProvider services)
    {
        var kernel = services.GetRequiredService<Orleans.IGrainFactory>().GetGrain<IKernelGrain>(GrainKey.Of(0, "left-behind"));
        await kernel.Configure(new KernelOptions { Kernel = KernelsProject.Python, Path = "a.ipynb" });
        return (await ExecutedCode.Of(kernel, Code)).Text.Trim();
    }

    public static int[] Pids(string text) => [.. text.Trim().Split(' ').Select(pid => int.Parse(pid, CultureInfo.InvariantCulture))];

    /// <summary>Whether a process runs: it is neither gone nor only waiting to be reaped by whoever adopted it.</summary>
    public static bool Runs(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }
}
