using System.Diagnostics;
using System.Globalization;
using ProjectSilo.Grains.Native;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Status;

/// <summary>The scan of <c>/proc</c> (spec 14 §2).</summary>
public sealed class ProcessTableTests
{
    private static readonly ProcessScanOptions Options = new();

    [Theory]
    [InlineData("sh")]
    [InlineData("a b) S 9 (")]
    [InlineData("line\nbreak")]
    [InlineData(")")]
    [InlineData("")]
    public void Read_TakesFieldsFromAfterTheLastParenthesis(string name)
    {
        using var proc = new ProcessFolder();
        proc.Add(77, ProcessFolder.Stat(77, name, parent: 12, userTicks: 250), "/bin/sh\0\0-c\0exit €\0", "/usr/bin/dash (deleted)");
        var table = ProcessTable.Read(proc.Path, Options, withDetails: true, TimeProvider.System);
        var process = Assert.Single(table.Processes);
        Assert.Equal((77, "/usr/bin/dash (deleted)"), (process.Pid, process.Executable));
        Assert.Equal(["/bin/sh", "-c", "exit €"], process.CommandLine.AsEnumerable());
        Assert.Equal(
            new Interfaces.Status.ProcessStat(12, 'S', 2.5, 0.07, 3, 0.04, -5, 3, 4528.18, 379 * Environment.SystemPageSize), process.Stat);
        Assert.Equal(4616.66, table.UptimeSeconds);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("77 (sh")]
    [InlineData("77 (sh) S 1 2")]
    [InlineData("77 (sh) S x 77 77 0 -1 4194304 100 0 0 0 1 7 300 4 20 -5 3 0 1 2662400 379")]
    [InlineData("77 (sh) SS 1 77 77 0 -1 4194304 100 0 0 0 1 7 300 4 20 -5 3 0 1 2662400 379")]
    public void Read_OfWhatIsNoProcess_LeavesItOut(string? stat)
    {
        using var proc = new ProcessFolder();
        proc.Add(77, stat, "a\0", "/a");
        proc.Add(78, ProcessFolder.Stat(78), "a\0", "/a");
        Assert.Equal([78], ProcessTable.Read(proc.Path, Options, withDetails: true, TimeProvider.System).Processes.Select(process => process.Pid));
    }

    [Fact]
    public void Read_WithoutProgramOrArguments_HasNoDetails()
    {
        using var proc = new ProcessFolder();
        proc.Add(2, ProcessFolder.Stat(2), "", null);
        proc.Add(3, ProcessFolder.Stat(3), null, "/a");
        var table = ProcessTable.Read(proc.Path, Options, withDetails: true, TimeProvider.System);
        Assert.Equal([null, null], table.Processes.Select(process => process.Executable));
    }

    [Fact]
    public void Read_OfTenThousandProcesses_TakesAsManyAsAllowed()
    {
        using var proc = new ProcessFolder();
        proc.Add(1, ProcessFolder.Stat(1), "a\0", "/a");
        for (var pid = 2; pid <= 10_000; pid++)
        {
            proc.AddLike(pid, 1);
        }

        Assert.Equal(1_024, ProcessTable.Read(proc.Path, Options, withDetails: true, TimeProvider.System).Processes.Count);
        var all = ProcessTable.Read(proc.Path, new ProcessScanOptions { MaxProcesses = 20_000 }, withDetails: false, TimeProvider.System);
        Assert.Equal(10_000, all.Processes.Count);
        Assert.Equal(10_000, all.Tree(1).Count());
        Assert.Single(all.Tree(1_000));
        Assert.Empty(all.Tree(10_001));
    }

    [Fact]
    public void Tree_WithACircle_Ends()
    {
        using var proc = new ProcessFolder();
        proc.Add(5, ProcessFolder.Stat(5, parent: 6), null, null);
        proc.Add(6, ProcessFolder.Stat(6, parent: 5), null, null);
        Assert.Equal([5, 6], ProcessTable.Read(proc.Path, Options, withDetails: false, TimeProvider.System).Tree(5).Select(process => process.Pid).Order());
    }

    [Fact]
    public void Read_ThatTakesTooLong_Fails()
    {
        using var proc = new ProcessFolder();
        proc.Add(5, ProcessFolder.Stat(5), null, null);
        Assert.Throws<TimeoutException>(() => ProcessTable.Read(proc.Path, new ProcessScanOptions { ScanTimeout = TimeSpan.FromTicks(-1) }, withDetails: false, TimeProvider.System));
    }

    [Fact]
    public void Read_OfLongCommandLine_KeepsItsBeginning()
    {
        using var proc = new ProcessFolder();
        proc.Add(5, ProcessFolder.Stat(5), string.Concat(Enumerable.Repeat(new string('x', 99_999) + "\0", 10)), "/a");
        var process = Assert.Single(ProcessTable.Read(proc.Path, Options, withDetails: true, TimeProvider.System).Processes);
        Assert.Equal([99_999, 99_999, (256 * 1024) - 200_000], process.CommandLine.Select(argument => argument.Length));
    }

    [Fact]
    public async Task Read_OfTheMachine_SeesWhatPsSees()
    {
        using var child = Process.Start(new ProcessStartInfo("/bin/sh") { ArgumentList = { "-c", "sleep 60; true", "a b", "(x)\ny" } })!;
        try
        {
            await Bounded.Until(() => Find()?.CommandLine is [_, _, "sleep 60; true", ..], "the shell runs");
            var seen = Find()!.Value;
            Assert.Equal(["/bin/sh", "-c", "sleep 60; true", "a b", "(x)\ny"], seen.CommandLine.AsEnumerable());
            Assert.Equal(File.ResolveLinkTarget("/bin/sh", returnFinalTarget: true)?.FullName is { } target ? Path.GetFileName(target) : "sh", Path.GetFileName(seen.Executable));
            using var ps = Process.Start(new ProcessStartInfo("ps")
            {
                ArgumentList = { "-o", "ppid=,nice=,nlwp=,rss=", "-p", child.Id.ToString(CultureInfo.InvariantCulture) },
                RedirectStandardOutput = true,
            })!;
            var fields = (await ps.StandardOutput.ReadToEndAsync().Within()).Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            Assert.Equal(
                string.Join(' ', fields[..^1]),
                string.Create(CultureInfo.InvariantCulture, $"{seen.Stat.ParentPid} {seen.Stat.Nice} {seen.Stat.Threads}"));

            // A state may change at any time.
            Assert.Contains(seen.Stat.State, "RSDZTtXIWKP");

            // The kernel counts it in two ways, of which ps takes the slower one.
            Assert.Equal(int.Parse(fields[^1], CultureInfo.InvariantCulture), seen.Stat.ResidentBytes / 1024.0, 1_024.0);
            Assert.Equal(Environment.ProcessId, seen.Stat.ParentPid);
        }
        finally
        {
            child.Kill(entireProcessTree: true);
        }

        ProcessEntry? Find() =>
            ProcessTable.Read("/proc", new ProcessScanOptions { MaxProcesses = int.MaxValue }, withDetails: true, TimeProvider.System).Processes
                .Where(process => process.Pid == child.Id).Cast<ProcessEntry?>().FirstOrDefault();
    }

    [Fact]
    public async Task Read_WhileProcessesVanish_LeavesThemOut()
    {
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh") { ArgumentList = { "-c", "while :; do /bin/true; done" } })!;
        try
        {
            for (var i = 0; i < 50; i++)
            {
                await Task.Yield();
                var table = ProcessTable.Read("/proc", Options, withDetails: true, TimeProvider.System);
                Assert.Contains(table.Processes, process => process.Pid == Environment.ProcessId && process.Executable is not null);
            }
        }
        finally
        {
            shell.Kill();
        }
    }

    [Fact]
    public void CpuSamples_ComparePidAndStart()
    {
        var time = new FakeTimeProvider();
        var samples = new CpuSamples(time);
        Assert.Equal([0, 0], samples.Take([Entry(1, 10, 5), Entry(2, 10, 5)], time.GetTimestamp()));
        time.Advance(TimeSpan.FromSeconds(2));
        // The second is another process with that number, the third is new.
        Assert.Equal([50, 0, 0], samples.Take([Entry(1, 10, 6), Entry(2, 11, 6), Entry(3, 12, 9)], time.GetTimestamp()));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([0, 100], samples.Take([Entry(1, 10, 4), Entry(3, 12, 10)], time.GetTimestamp()));

        static ProcessEntry Entry(int pid, double start, double cpu) =>
            new(pid, new Interfaces.Status.ProcessStat(1, 'S', cpu, 0, 0, 0, 0, 1, start, 0), null, []);
    }
}
