using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using ProjectSilo.Grains.Kernels.Wire;
using ProjectSilo.Grains.Native;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Kernels;

/// <summary>A kernel's process with a folder of its own; killed with its group at the end.</summary>
internal sealed class StartedKernel : IAsyncDisposable
{
    public const string Ipc = "ipc";
    public const string Tcp = "tcp";

    private const string Python = "/usr/bin/python3";

    private readonly TemporaryFolder _folder = new();
    private readonly CancellationTokenSource _hasEnded = new();
    private readonly ChildProcess _child;

    private StartedKernel(string transport, Func<string, string[]> arguments)
    {
        Info = transport == Ipc ? ConnectionInfo.CreateIpc(_folder.Path) : ConnectionInfo.CreateTcp();
        var file = _folder.File("kernel.json");
        File.WriteAllBytes(file, Info.ToJson());
        _child = ChildProcess.Start(new SpawnOptions
        {
            Program = Python,
            Arguments = [.. arguments(file)],
            WorkingDirectory = _folder.Path,
            Environment = ImmutableDictionary<string, string>.Empty.Add("PATH", "/usr/bin:/bin").Add("HOME", _folder.Path).Add("LANG", "C.UTF-8"),
            StandardInput = ChildStream.Null,
            StandardOutput = ChildStream.Null,
            StandardError = ChildStream.File(ErrorFile),
        });
        Ended = End();
    }

    public ConnectionInfo Info { get; }

    public int Pid => _child.Pid;

    /// <summary>Its exit status; <see cref="HasEnded"/> is cancelled then.</summary>
    public Task<ExitStatus> Ended { get; }

    public CancellationToken HasEnded => _hasEnded.Token;

    public string Errors => File.ReadAllText(ErrorFile);

    private string ErrorFile => _folder.File("stderr");

    public static StartedKernel Ipython(string transport) => new(transport, file => ["-m", "ipykernel_launcher", "-f", file]);

    /// <summary>Our own, which does one thing wrong.</summary>
    public static StartedKernel Misbehaving(string mode, string transport = Ipc) =>
        new(transport, file => [Path.Join(Vectors.RepositoryRoot(), "tests/Grains.Tests/Kernels/misbehaving_kernel.py"), file, mode]);

    public Task<KernelConnection> Connect(KernelConnectionOptions? options = null) =>
        KernelConnection.Connect(Info, options ?? new KernelConnectionOptions(), TimeProvider.System, NullLogger.Instance, HasEnded).Within();

    public async ValueTask DisposeAsync()
    {
        _child.KillGroup(LibC.SIGKILL);
        await Ended.Within();
        _child.Dispose();
        Info.DeleteSockets();
        _folder.Dispose();
        _hasEnded.Dispose();
    }

    private async Task<ExitStatus> End()
    {
        var status = await _child.Exited;
        await _hasEnded.CancelAsync();
        return status;
    }
}
