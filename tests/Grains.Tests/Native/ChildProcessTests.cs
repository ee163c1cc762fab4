using System.Collections.Immutable;
using System.Text;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Native;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Native;

public sealed class ChildProcessTests
{
    private static readonly ImmutableDictionary<string, string> Environment =
        ImmutableDictionary<string, string>.Empty.Add("PATH", "/usr/local/bin:/usr/bin:/bin");

    [Fact]
    public async Task Start_HasExactlyThreeDescriptors()
    {
        using var file = File.OpenRead("/proc/self/status");
        var (output, _, _) = await Run("ls", "/proc/self/fd");
        // 3 is the folder that ls itself reads.
        Assert.Equal("0\n1\n2\n3\n", output);
    }

    [Fact]
    public async Task Start_LeadsItsOwnSessionAndGroup()
    {
        var (output, _, pid) = await Run("sh", "-c", "ps -o pid= -o pgid= -o sid= -p $$");
        Assert.All(output.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), id => Assert.Equal(pid.ToString(), id));
    }

    [Fact]
    public async Task Start_WithoutNewSession_StaysInTheDaemonsGroup()
    {
        var own = await File.ReadAllTextAsync("/proc/self/stat");
        using var child = ChildProcess.Start(Options("sh", "-c", "ps -o pgid= -p $$") with { NewSession = false });
        Assert.Equal(own.Split(' ')[4], (await ReadAll(child.StandardOutput!)).Trim());
    }

    [Fact]
    public async Task KillGroup_AfterTheProcessHasEnded_ReachesTheRestOfItsGroup()
    {
        using var child = ChildProcess.Start(Options("sh", "-c", "sleep 1000 & exit 3"));
        Assert.Equal(3, (await child.Exited.Within()).Code);
        child.KillGroup(LibC.SIGKILL);
        // The end of file comes when the last process that could write has gone.
        Assert.Equal("", await ReadAll(child.StandardOutput!).Within());
    }

    [Fact]
    public async Task Start_BlocksAndIgnoresNoSignals()
    {
        var (output, _, _) = await Run("grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status");
        // 32 and 33 are glibc's own: its posix_spawn leaves them ignored in every child.
        Assert.Equal("SigBlk:\t0000000000000000\nSigIgn:\t0000000180000000\n", output);
    }

    [Fact]
    public async Task Start_UsesTheGivenFolderAndOnlyTheGivenEnvironment()
    {
        using var folder = new TemporaryFolder();
        using var child = ChildProcess.Start(Options("sh", "-c", "pwd; env | grep -v ^_= | grep -v ^PWD= | sort") with
        {
            WorkingDirectory = folder.Path,
            Environment = Environment.Add("X", "1=2 é"),
        });
        Assert.Equal($"{folder.Path}\nPATH=/usr/local/bin:/usr/bin:/bin\nX=1=2 é\n", await ReadAll(child.StandardOutput!));
    }

    [Fact]
    public async Task Start_LooksTheProgramUpInThePathOfTheChild()
    {
        using var folder = new TemporaryFolder();
        await WriteScript(folder.File("only-here"), "#!/bin/sh\necho found\n");
        using var child = ChildProcess.Start(Options("only-here") with { Environment = Environment.SetItem("PATH", folder.Path) });
        Assert.Equal("found\n", await ReadAll(child.StandardOutput!));
        Assert.Equal(PosixError.ENOENT, Assert.Throws<PosixException>(() => ChildProcess.Start(Options("only-here"))).Errno);
    }

    [Fact]
    public async Task Start_OfAScriptWithoutInterpreterLine_RunsTheShell()
    {
        using var folder = new TemporaryFolder();
        await WriteScript(folder.File("script"), "echo $0 $1\n");
        var (output, exit, _) = await Run(folder.File("script"), "argument");
        Assert.Equal($"{folder.File("script")} argument\n", output);
        Assert.Equal(0, exit.Code);
    }

    [Theory]
    [InlineData("no-such-program", "/", PosixError.ENOENT)]
    [InlineData("/no/such/program", "/", PosixError.ENOENT)]
    [InlineData("ls", "/no/such/folder", PosixError.ENOENT)]
    [InlineData("/proc/version", "/", PosixError.EACCES)]
    [InlineData("ls", "/etc/hostname", PosixError.ENOTDIR)]
    public void Start_ThatFails_TellsTheErrno(string program, string folder, int errno)
    {
        var exception = Assert.Throws<PosixException>(() => ChildProcess.Start(Options(program) with { WorkingDirectory = folder }));
        Assert.Equal(errno, exception.Errno);
        Assert.Equal($"spawn {program}", exception.Call);
    }

    [Fact]
    public void Start_WithNul_IsRefused() => Assert.Throws<ArgumentException>(() => ChildProcess.Start(Options("echo", "a\0b")));

    [Fact]
    public async Task Start_AsAnotherUser_KeepsThePid()
    {
        if (System.Environment.UserName != "root")
        {
            return;
        }

        using var child = ChildProcess.Start(Options("sh", "-c", "id -u; id -g; id -G; echo $$") with { Uid = 65534, Gid = 65534 });
        Assert.Equal($"65534\n65534\n65534\n{child.Pid}\n", await ReadAll(child.StandardOutput!));
    }

    [Theory]
    [InlineData("exit 0", 0, null)]
    [InlineData("exit 255", 255, null)]
    [InlineData("exit 137", 137, null)]
    [InlineData("kill -9 $$", null, 9)]
    [InlineData("kill -TERM $$", null, 15)]
    public async Task Exited_IsRaw(string script, int? code, int? signal)
    {
        var (_, exit, _) = await Run("sh", "-c", script);
        Assert.Equal(new ExitStatus(code, signal), exit);
    }

    [Fact]
    public async Task KillGroup_EndsDescendantsToo()
    {
        using var child = ChildProcess.Start(Options("sh", "-c", "sleep 1000 & echo $!; wait"));
        var buffer = new byte[64];
        var count = await child.StandardOutput!.ReadAsync(buffer, CancellationToken.None).AsTask().Within();
        var grandchild = Encoding.ASCII.GetString(buffer, 0, count).Trim();
        child.KillGroup(9);
        Assert.Equal(new ExitStatus(null, 9), await child.Exited.Within());
        Assert.Equal(0, await child.StandardOutput.ReadAsync(buffer, CancellationToken.None).AsTask().Within());
        await Bounded.Until(() => !IsRunning(grandchild), "the grandchild is gone");
    }

    [Fact]
    public async Task StandardInput_IsAPipeThatStaysOpen()
    {
        using var child = ChildProcess.Start(Options("head", "-n", "1"));
        await child.StandardInput!.WriteAsync("hello\nrest"u8.ToArray(), CancellationToken.None);
        Assert.Equal("hello\n", await ReadAll(child.StandardOutput!));
    }

    [Fact]
    public async Task Start_WithFiles_WritesThem()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("out"), "old content that is longer");
        using var child = ChildProcess.Start(Options("sh", "-c", "echo out; echo err >&2; cat") with
        {
            StandardInput = ChildStream.Null,
            StandardOutput = ChildStream.File(folder.File("out")),
            StandardError = ChildStream.File(folder.File("err")),
        });
        await child.Exited.Within();
        Assert.Equal(("out\n", "err\n"), (await File.ReadAllTextAsync(folder.File("out")), await File.ReadAllTextAsync(folder.File("err"))));
    }

    [Fact]
    public async Task AThousandInARow_LeakNoDescriptorAndNoZombie()
    {
        await Run("true");
        var before = OpenDescriptors();
        for (var i = 0; i < 1000; i++)
        {
            using var child = ChildProcess.Start(Options("true"));
            Assert.Equal(0, (await child.Exited.Within()).Code);
        }

        // Descriptors of other tests running beside come and go; a leak of ours would be a thousand.
        await Bounded.Until(() => OpenDescriptors() < before + 100, "the descriptors are closed");
        Assert.Empty(Zombies());
    }

    [Fact]
    public async Task TwoHundredAtOnce_AllEndWithTheirOwnOutput()
    {
        var work = new BlockingWork(Microsoft.Extensions.Options.Options.Create(new BlockingWorkOptions()), TimeProvider.System);
        var outputs = await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            using var child = await work.Run("test", () => ChildProcess.Start(Options("sh", "-c", $"sleep 0.2; echo {i}")));
            var output = await ReadAll(child.StandardOutput!);
            return (output, (await child.Exited.Within()).Code);
        }));
        Assert.Equal(Enumerable.Range(0, 200).Select(i => ($"{i}\n", (int?)0)), outputs);
    }

    [Fact]
    public async Task Kill_AfterTheEnd_DoesNothing()
    {
        using var child = ChildProcess.Start(Options("true"));
        await child.Exited.Within();
        child.Kill(9);
        child.KillGroup(9);
    }

    private static SpawnOptions Options(string program, params string[] arguments) =>
        new() { Program = program, Arguments = [.. arguments], WorkingDirectory = "/", Environment = Environment };

    private static async Task<(string Output, ExitStatus Exit, int Pid)> Run(string program, params string[] arguments)
    {
        using var child = ChildProcess.Start(Options(program, arguments));
        var output = await ReadAll(child.StandardOutput!);
        return (output, await child.Exited.Within(), child.Pid);
    }

    private static async Task<string> ReadAll(ChildOutput pipe)
    {
        using var all = new MemoryStream();
        var buffer = new byte[4096];
        while (await pipe.ReadAsync(buffer, CancellationToken.None).AsTask().Within() is > 0 and var count)
        {
            all.Write(buffer, 0, count);
        }

        return Encoding.UTF8.GetString(all.ToArray());
    }

    private static async Task WriteScript(string path, string text)
    {
        await File.WriteAllTextAsync(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static int OpenDescriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;

    private static bool IsRunning(string pid) => File.Exists($"/proc/{pid}/stat") && !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);

    private static IEnumerable<string> Zombies() =>
        Directory.GetDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)).Select(ReadStat)
            .Where(stat => stat.Contains($") Z {System.Environment.ProcessId} ", StringComparison.Ordinal));

    private static string ReadStat(string folder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, "stat"));
        }
        catch (IOException)
        {
            // Ended while we looked.
            return "";
        }
    }
}
