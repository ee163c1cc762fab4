using System.Diagnostics;

namespace ProjectSilo.Benchmarks.Servers;

/// <summary>The daemon or a baseline, as a process of its own in a folder of its own.</summary>
internal sealed class ServerProcess : IDisposable
{
    /// <summary>The token of every daemon that is measured.</summary>
    public const string Token = "0123456789abcdef0123456789abcdef";

    /// <summary>The project of every daemon that is measured.</summary>
    public const string ProjectId = "812abe34-a382-4bd1-9071-29b6f4334f03";

    private static readonly TimeSpan StartBound = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopBound = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly string _folder;

    private ServerProcess(Process process, string folder, int port, TimeSpan startTime)
    {
        _process = process;
        _folder = folder;
        Port = port;
        StartTime = startTime;
    }

    public int Pid => _process.Id;

    /// <summary>Port on the loopback address; of the daemon, the hub's.</summary>
    public int Port { get; }

    /// <summary>Its HOME and working folder.</summary>
    public string Folder => _folder;

    /// <summary>Port of the daemon's HTTP API.</summary>
    public int ApiPort => PortFile.Read(Path.Join(_folder, ".smc", "api-server.port"));

    /// <summary>Port of the daemon for browsers, where a standalone one has its broker.</summary>
    public int BrowserPort => PortFile.Read(Path.Join(_folder, ".smc", "browser-server.port"));

    /// <summary>From the start of the process until its port was published.</summary>
    public TimeSpan StartTime { get; }

    /// <summary>Starts the daemon as a hub does.</summary>
    /// <param name="daemon">The published assembly.</param>
    /// <param name="extraEnvironment">Run-time settings to try, e.g. <c>DOTNET_gcConcurrent=0</c>, or options of the daemon.</param>
    public static ServerProcess StartDaemon(string daemon, params ReadOnlySpan<string> extraEnvironment) => StartDaemon(daemon, [], extraEnvironment);

    /// <summary>Starts it with the broker, for project <see cref="ProjectId"/>.</summary>
    /// <inheritdoc cref="StartDaemon(string, ReadOnlySpan{string})"/>
    public static ServerProcess StartStandalone(string daemon, params ReadOnlySpan<string> extraEnvironment) => StartDaemon(daemon, ["--standalone"], extraEnvironment);

    /// <summary>Starts <c>node</c> with a script that writes its port to the file it is told.</summary>
    public static ServerProcess StartNode(string script)
    {
        var folder = Directory.CreateTempSubdirectory("projectsilo-bench-").FullName;
        var portFile = Path.Join(folder, "port");
        return Start(NewStart("node", folder, script, portFile), folder, portFile);
    }

    private static ServerProcess StartDaemon(string daemon, ReadOnlySpan<string> arguments, ReadOnlySpan<string> extraEnvironment)
    {
        var folder = Directory.CreateTempSubdirectory("projectsilo-bench-").FullName;
        var data = Directory.CreateDirectory(Path.Join(folder, ".smc")).FullName;
        File.WriteAllText(Path.Join(data, "secret-token"), Token);
        var start = NewStart("dotnet", folder, [daemon, .. arguments]);

        // What it says when it stands alone is of no interest here, and fits into the pipe.
        start.RedirectStandardOutput = true;
        start.Environment["DATA"] = data;
        start.Environment["LOGS"] = data;
        start.Environment["DEBUG"] = "cocalc:*,-cocalc:silly:*";
        start.Environment["BASE_PATH"] = "/";
        start.Environment["COCALC_PROJECT_ID"] = ProjectId;
        start.Environment["CONAT_SERVER"] = "http://127.0.0.1:1";
        foreach (var variable in extraEnvironment)
        {
            var at = variable.IndexOf('=', StringComparison.Ordinal);
            start.Environment[variable[..at]] = variable[(at + 1)..];
        }

        return Start(start, folder, Path.Join(data, "hub-server.port"));
    }

    /// <summary>Starts a baseline, with the run-time settings of the daemon.</summary>
    public static ServerProcess StartBaseline(Published published, string name)
    {
        var folder = Directory.CreateTempSubdirectory("projectsilo-bench-").FullName;
        var portFile = Path.Join(folder, "port");
        var settings = Path.ChangeExtension(published.Daemon, ".runtimeconfig.json");
        return Start(NewStart("dotnet", folder, "exec", "--runtimeconfig", settings, published.Baseline, name, portFile), folder, portFile);
    }

    /// <summary>Stops it, gently at first, and removes its folder.</summary>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _ = BareSpawn.Kill(_process.Id, BareSpawn.Sigterm);
            if (!_process.WaitForExit(StopBound))
            {
                _process.Kill();
                _process.WaitForExit();
            }
        }

        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static ProcessStartInfo NewStart(string program, string folder, params ReadOnlySpan<string> arguments)
    {
        // In a session of its own, as a hub starts it: the kernel shares processor time among sessions first, and the client's work is not the server's.
        // setsid(1) becomes the program, so the pid is the server's.
        var start = new ProcessStartInfo("setsid", [program]) { WorkingDirectory = folder, RedirectStandardInput = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // Nothing of ours: a setting of the shell would be measured with it.
        start.Environment.Clear();
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
        start.Environment["HOME"] = folder;
        start.Environment["DOTNET_ROOT"] = Environment.GetEnvironmentVariable("DOTNET_ROOT");
        return start;
    }

    private static ServerProcess Start(ProcessStartInfo start, string folder, string portFile)
    {
        var watch = Stopwatch.StartNew();
        var process = Process.Start(start)!;
        while (!File.Exists(portFile))
        {
            if (process.HasExited || watch.Elapsed > StartBound)
            {
                throw new InvalidOperationException($"{string.Join(' ', start.ArgumentList)} did not start.");
            }

            Thread.Sleep(1);
        }

        var elapsed = watch.Elapsed;
        return new ServerProcess(process, folder, PortFile.Read(portFile), elapsed);
    }
}
