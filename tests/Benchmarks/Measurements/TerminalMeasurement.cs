using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;
using ProjectSilo.Benchmarks.Report;
using ProjectSilo.Grains;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Terminals;
using ProjectSilo.Grains.Project;
using ProjectSilo.Grains.Terminals;

namespace ProjectSilo.Benchmarks.Measurements;

/// <summary>Terminal grains in this process, without the bus, beside the same programs on a pseudo terminal that nothing else is done with.</summary>
internal static class TerminalMeasurement
{
    public const string Group = "terminals";

    private const string Prompt = "ready> ";
    private const string Completed = "[Process completed";
    private const int BusyTerminals = 20;

    /// <summary>Prints how many milliseconds a read loop takes until the program on a new terminal has ended, or has printed a text.</summary>
    private const string ReadLoop = """
        import os, pty, sys, time
        wanted = sys.argv[1].encode()
        begin = time.perf_counter()
        pid, fd = pty.fork()
        if pid == 0:
            os.environ['PS1'] = 'ready> '
            os.execv(sys.argv[2], sys.argv[2:])
        end = b''
        try:
            while True:
                data = os.read(fd, 65536)
                end = (end + data)[-100:]
                if not data or (wanted and wanted in end):
                    break
        except OSError:
            pass
        print((time.perf_counter() - begin) * 1000)
        os.kill(pid, 9)
        """;

    public static async Task<IReadOnlyList<Row>> Run(bool quick)
    {
        var home = Directory.CreateTempSubdirectory("projectsilo-bench-").FullName;
        try
        {
            using var project = Project(home);
            await project.StartAsync();
            var grains = project.Services.GetRequiredService<IGrainFactory>();
            var rounds = quick ? 5 : 15;
            List<double> prompt = [], barePrompt = [], flood = [], bareFlood = [];
            string[] shell = ["/bin/bash", "--norc", "--noprofile", "-i"];
            string[] print = ["/bin/sh", "-c", "seq 1 1000000"];
            for (var round = 0; round < rounds; round++)
            {
                prompt.Add(await Time(grains, $"prompt-{round}", shell, Prompt));
                barePrompt.Add(Bare(Prompt, shell));
                flood.Add(await Time(grains, $"flood-{round}", print, Completed));
                bareFlood.Add(Bare("", print));
            }

            var share = await LeastShare(grains, quick ? 2_000_000 : 10_000_000);
            await project.StopAsync();
            return
            [
                Row.AtMost(Group, "bash, create to first prompt beyond a bare terminal's", "ms", prompt.Median() - barePrompt.Median(), 5).Beside("bare, in all", barePrompt.Median()),
                Row.OfRatio(Group, "seq 1 1000000, limits lifted", "ms", flood.Median(), "bare read loop", bareFlood.Median(), 1.3),
                Row.AtLeast(Group, $"least share of {BusyTerminals} busy terminals, of the mean", "", share, 0.5),
            ];
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    private static async Task<double> Time(IGrainFactory grains, string path, string[] command, string until)
    {
        using var end = new CancellationTokenSource();
        var terminal = grains.GetGrain<ITerminalGrain>(GrainKey.Of(0, path));
        var following = Follow(terminal, until, end.Token);
        var begin = Stopwatch.GetTimestamp();
        await terminal.Create(new TerminalOptions
        {
            Command = command[0],
            Arguments = [.. command[1..]],
            Environment = ImmutableDictionary<string, string>.Empty.Add("PS1", Prompt),
        });
        await following;
        var time = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        await end.CancelAsync();
        await terminal.Close();
        return time;
    }

    private static async Task Follow(ITerminalGrain terminal, string until, CancellationToken cancellationToken)
    {
        var last = "";
        await foreach (var next in terminal.Follow(cancellationToken).WithBatchSize(1))
        {
            await terminal.Confirm(next.Number);
            last += next.Text;
            if (last.Contains(until, StringComparison.Ordinal))
            {
                return;
            }

            last = last[^Math.Min(last.Length, until.Length)..];
        }
    }

    /// <summary>As much as each could print when all together have printed so many characters a terminal.</summary>
    private static async Task<double> LeastShare(IGrainFactory grains, long each)
    {
        var terminals = Enumerable.Range(0, BusyTerminals).Select(number => grains.GetGrain<ITerminalGrain>(GrainKey.Of(0, $"busy-{number}"))).ToArray();
        var taken = new long[BusyTerminals];
        var left = BusyTerminals * each;
        using var end = new CancellationTokenSource();
        var following = terminals.Select(Count).ToArray();
        await Task.WhenAll(terminals.Select(terminal => terminal.Create(new TerminalOptions { Command = "/usr/bin/yes" })));
        await Task.WhenAll(following);
        await Task.WhenAll(terminals.Select(terminal => terminal.Close()));
        return taken.Min() / taken.Average();

        async Task Count(ITerminalGrain terminal, int number)
        {
            try
            {
                await foreach (var next in terminal.Follow(end.Token).WithBatchSize(1))
                {
                    var length = next.Text?.Length ?? 0;
                    taken[number] += length;
                    await terminal.Confirm(next.Number);
                    if (Interlocked.Add(ref left, -length) <= 0)
                    {
                        await end.CancelAsync();
                    }
                }
            }
            catch (OperationCanceledException)
            {
                // Enough.
            }
        }
    }

    private static double Bare(string until, string[] command)
    {
        var start = new ProcessStartInfo("python3", ["-c", ReadLoop, until, .. command]) { RedirectStandardOutput = true };
        using var python = Process.Start(start)!;
        var text = python.StandardOutput.ReadToEnd();
        python.WaitForExit();
        return double.Parse(text, CultureInfo.InvariantCulture);
    }

    private static IHost Project(string home)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleans(silo => silo.AddGrainClasses(GrainServices.GrainClasses));
        builder.Services.AddGrainServices();
        builder.Services.AddSingleton(Options.Create(new TerminalsOptions { MaxMessagesPerSecond = 100_000 }));
        builder.Services.AddSingleton(new NamedServerSettings { Folder = Path.Join(home, "named_servers") });
        builder.Services.AddSingleton(new ProjectSettings
        {
            ProjectId = "812abe34-a382-4bd1-9071-29b6f4334f03",
            Home = home,
            Environment = ImmutableDictionary<string, string>.Empty.Add("HOME", home).Add("PATH", "/usr/bin:/bin"),
        });
        return builder.Build();
    }
}
