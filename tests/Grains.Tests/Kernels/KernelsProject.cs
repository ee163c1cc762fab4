using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Kernels;
using ProjectSilo.Grains.Project;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Kernels;

/// <summary>A silo for a project of its own, with the system's python kernel and those that a test installs.</summary>
internal sealed class KernelsProject : IAsyncDisposable
{
    public const string Python = "python3";

    private static int _last;

    private readonly TemporaryFolder _folder = new();
    private readonly List<IKernelGrain> _kernels = [];
    private IHost? _host;
    private bool _isStopped;

    private KernelsProject()
    {
        Home = _folder.File("home");
        Temporary = _folder.File("tmp");
        Directory.CreateDirectory(Home);
        Directory.CreateDirectory(Temporary);
    }

    public string Home { get; }

    /// <summary>Where sockets and scripts are.</summary>
    public string Temporary { get; }

    public string Runtime => Path.Join(Home, ".local/share/jupyter/runtime");

    public IServiceProvider Services => _host!.Services;

    public IKernelDirectoryGrain KernelDirectory => Grains.GetGrain<IKernelDirectoryGrain>(GrainKey.Of(0));

    private Orleans.IGrainFactory Grains => Services.GetRequiredService<Orleans.IGrainFactory>();

    public static async Task<KernelsProject> Start(
        Action<KernelsOptions>? configure = null, TimeProvider? time = null, Func<ImmutableDictionary<string, string>, ImmutableDictionary<string, string>>? environment = null)
    {
        var project = new KernelsProject();
        var variables = ImmutableDictionary<string, string>.Empty
            .Add("PATH", "/usr/bin:/bin").Add("HOME", project.Home).Add("TMP", project.Temporary).Add("LANG", "C.UTF-8").Add("DEBUG", "x");
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleans(silo => silo.AddGrainClasses(GrainServices.GrainClasses));
        builder.Services.AddSingleton(new ProjectSettings
        {
            ProjectId = "812abe34-a382-4bd1-9071-29b6f4334f03",
            Home = project.Home,
            Environment = environment?.Invoke(variables) ?? variables,
        });
        builder.Services.AddSingleton(new NamedServerSettings { Folder = "/nowhere" });
        builder.Services.AddGrainServices();
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.Configure<KernelsOptions>(options =>
        {
            options.PoolSize = 0;
            options.PoolConfigurationFile = Path.Join(project.Home, ".config/pool");
            configure?.Invoke(options);
        });
        project._host = builder.Build();
        await project._host.StartAsync();
        return project;
    }

    /// <summary>A new kernel, configured and not started.</summary>
    public async Task<IKernelGrain> Kernel(KernelOptions? options = null)
    {
        var kernel = Grains.GetGrain<IKernelGrain>(GrainKey.Of(0, "test-" + Interlocked.Increment(ref _last).ToString(CultureInfo.InvariantCulture)));
        await kernel.Configure(options ?? new KernelOptions { Kernel = Python, Path = "nb/a.ipynb" });
        lock (_kernels)
        {
            _kernels.Add(kernel);
        }

        return kernel;
    }

    /// <summary>A kernel of our own that does one thing wrong.</summary>
    public Task<IKernelGrain> Misbehaving(string mode)
    {
        Install("bad-" + mode, JsonSerializer.Serialize(new
        {
            argv = (string[])["/usr/bin/python3", Path.Join(Vectors.RepositoryRoot(), "tests/Grains.Tests/Kernels/misbehaving_kernel.py"), "{connection_file}", mode],
            display_name = "Bad",
            language = "none",
        }));
        return Kernel(new KernelOptions { Kernel = "bad-" + mode, Path = "nb/a.ipynb" });
    }

    /// <summary>Installs a kernel for the user.</summary>
    public string Install(string name, string kernelJson, string root = ".local/share/jupyter")
    {
        var folder = Path.Join(Home, root, "kernels", name);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Join(folder, "kernel.json"), kernelJson);
        return folder;
    }

    /// <summary>The daemon stops.</summary>
    public Task Stop()
    {
        _isStopped = true;
        return _host!.StopAsync();
    }

    /// <summary>What must be gone when kernels are closed: connection files, sockets, scripts.</summary>
    public string[] Files() =>
    [
        .. Directory.Exists(Runtime) ? Directory.GetFileSystemEntries(Runtime) : [],
        .. Directory.GetFileSystemEntries(Temporary, "kernel-*"),
        .. Directory.GetFileSystemEntries(Temporary, "cocalc-*"),
    ];

    /// <summary>Processes of the machine that have this project's HOME in their environment.</summary>
    public int[] Processes()
    {
        var mark = Encoding.UTF8.GetBytes($"HOME={Home}\0");
        return [.. Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _)).Select(name => int.Parse(name!, CultureInfo.InvariantCulture)).Where(pid => Has(pid, mark))];
    }

    public async ValueTask DisposeAsync()
    {
        if (!_isStopped)
        {
            await Task.WhenAll(_kernels.Select(kernel => kernel.Close()));
            await Stop();
        }

        _host!.Dispose();
        _folder.Dispose();
    }

    private static bool Has(int pid, byte[] mark)
    {
        try
        {
            return File.ReadAllBytes($"/proc/{pid}/environ").AsSpan().IndexOf(mark) >= 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
