using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Tests;

/// <summary>
/// The built daemon as a process of its own, with a HOME and DATA made for it. Every wait is bounded; what is still running at the end is killed by
/// its pid, and the folders are removed.
/// </summary>
internal sealed class DaemonProcess : IAsyncDisposable
{
    public const string ProjectId = "812abe34-a382-4bd1-9071-29b6f4334f03";
    public const string Token = "0123456789abcdef0123456789abcdef";

    private static readonly TimeSpan Bound = Bounded.Limit;
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    private readonly string _folder = Directory.CreateTempSubdirectory("projectsilo-").FullName;
    private ChildProcess? _child;

    public DaemonProcess()
    {
        Home = Path.Join(_folder, "home");
        Data = Path.Join(Home, ".smc");
        Directory.CreateDirectory(Data);
        Directory.CreateDirectory(Temporary);
        File.WriteAllText(Path.Join(Data, "secret-token"), Token);
        Environment = ImmutableDictionary.CreateRange(new Dictionary<string, string>
        {
            ["PATH"] = System.Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin",
            ["HOME"] = Home,
            ["TMPDIR"] = Temporary,
            ["DATA"] = Data,
            ["LOGS"] = Data,
            ["DEBUG"] = "cocalc:*,-cocalc:silly:*",
            ["BASE_PATH"] = "/",
            ["COCALC_PROJECT_ID"] = ProjectId,
            ["CONAT_SERVER"] = "http://127.0.0.1:1",
            ["DOTNET_NOLOGO"] = "1",
        });
    }

    public string Home { get; }

    /// <summary>The daemon's folder for temporary files, so that what a killed one leaves goes with the test.</summary>
    public string Temporary => Path.Join(_folder, "tmp");

    /// <summary>Where the tests look for the daemon's files; change it together with the environment.</summary>
    public string Data { get; set; }

    /// <summary>What the daemon is started with: what a hub would pass. Change it before the start.</summary>
    public ImmutableDictionary<string, string> Environment { get; set; }

    /// <summary>What the daemon is started through, e.g. <c>sh -c 'ulimit -n 256; exec "$@"' sh</c>: it must end as the daemon, with its pid.</summary>
    public ImmutableArray<string> Through { get; set; } = [];

    /// <summary>The started process: the daemon, or the launcher if the arguments have <c>--daemon</c>.</summary>
    public int Pid => _child!.Pid;

    public string Output => File.ReadAllText(Path.Join(_folder, "stdout"));

    public string Errors => File.ReadAllText(Path.Join(_folder, "stderr"));

    public int HubPort => Number("hub-server.port");

    public int BrowserPort => Number("browser-server.port");

    public int ApiPort => Number("api-server.port");

    /// <summary><c>project.pid</c>.</summary>
    public int DaemonPid => Number("project.pid");

    /// <summary>The assembly under test: that of the executable's own build, beside ours.</summary>
    private static string Assembly
    {
        get
        {
            var output = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
            var framework = Path.GetFileName(output);
            var configuration = Path.GetFileName(Path.GetDirectoryName(output)!);
            return Path.Join(Vectors.RepositoryRoot(), "Silo", "bin", configuration, framework, "ProjectSilo.dll");
        }
    }

    public DaemonProcess With(string name, string value)
    {
        Environment = Environment.SetItem(name, value);
        return this;
    }

    public DaemonProcess Without(params string[] names)
    {
        Environment = Environment.RemoveRange(names);
        return this;
    }

    /// <summary>Starts it with <paramref name="arguments"/> and doesn't wait.</summary>
    public void Start(params string[] arguments)
    {
        ImmutableArray<string> command = [.. Through, "dotnet", Assembly, .. arguments];
        _child?.Dispose();
        _child = ChildProcess.Start(new SpawnOptions
        {
            Program = command[0],
            Arguments = command[1..],
            WorkingDirectory = _folder,
            Environment = Environment,
            StandardInput = ChildStream.Null,
            StandardOutput = ChildStream.File(Path.Join(_folder, "stdout")),
            StandardError = ChildStream.File(Path.Join(_folder, "stderr")),
        });
    }

    /// <summary>Starts it and waits until a hub would take it for ready.</summary>
    public async Task StartReadyAsync(params string[] arguments)
    {
        Start(arguments);
        await WaitForFileAsync("hub-server.port");
    }

    /// <summary>Starts it and waits for its end.</summary>
    public async Task<ExitStatus> RunAsync(params string[] arguments)
    {
        Start(arguments);
        return await ExitedAsync();
    }

    public Task<ExitStatus> ExitedAsync() => _child!.Exited.WaitAsync(Bound);

    public void Kill(int signal) => _child!.Kill(signal);

    /// <summary>Signals the daemon and what it has started in its process group, as a hub does.</summary>
    public void KillGroup(int signal) => _child!.KillGroup(signal);

    public string Read(string name) => File.ReadAllText(Path.Join(Data, name));

    public bool Has(string name) => Path.Exists(Path.Join(Data, name));

    /// <summary>Waits for a file in DATA.</summary>
    public Task WaitForFileAsync(string name) => WaitUntilAsync(() => Has(name), $"{name} did not appear");

    /// <summary>Looks again and again until <paramref name="condition"/> holds, within the bound of all waits.</summary>
    public async Task WaitUntilAsync(Func<bool> condition, string failure)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed > Bound)
            {
                throw new TimeoutException($"{failure}; stderr: {Errors}");
            }

            await Task.Delay(PollInterval);
        }
    }

    public async ValueTask DisposeAsync()
    {
        const int Sigkill = 9;
        if (_child is { } child)
        {
            if (Has("project.pid") && DaemonPid != child.Pid)
            {
                // The detached daemon of a launcher: not our child, but its pid is in the folder that only it uses.
                try
                {
                    using var daemon = System.Diagnostics.Process.GetProcessById(DaemonPid);
                    daemon.Kill();
                    await daemon.WaitForExitAsync().WaitAsync(Bound);
                }
                catch (ArgumentException)
                {
                    // It has ended already.
                }
            }

            child.Kill(Sigkill);
            await child.Exited.WaitAsync(Bound);
            child.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private int Number(string name) => int.Parse(Read(name), CultureInfo.InvariantCulture);
}
