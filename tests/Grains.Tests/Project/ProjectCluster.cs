using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;
using ProjectSilo.Grains.Formatters;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Formatters;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Interfaces.Notebooks;
using ProjectSilo.Grains.Interfaces.Project;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Notebooks;
using ProjectSilo.Grains.Project;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Project;

/// <summary>A silo with the grains of one project, whose HOME is a folder of its own and whose clock can be a faked one.</summary>
internal sealed class ProjectCluster : IAsyncDisposable
{
    public const string ProjectId = "812abe34-a382-4bd1-9071-29b6f4334f03";

    private readonly TemporaryFolder _folder = new();
    private readonly List<int> _pids = [];
    private IHost? _host;

    public ProjectCluster()
    {
        Home = _folder.File("home");
        Data = _folder.File("data");
        Tools = _folder.File("tools");
        foreach (var folder in (string[])[Home, Data, Tools])
        {
            Directory.CreateDirectory(folder);
        }

        Environment = ImmutableDictionary<string, string>.Empty.Add("HOME", Home).Add("PATH", $"{Tools}:/usr/local/bin:/usr/bin:/bin").Add("TMP", _folder.Path);
        Servers = new NamedServerSettings { Folder = Path.Join(Data, "named_servers") };
    }

    public string Home { get; }

    public string Data { get; }

    /// <summary>A folder in <c>PATH</c>.</summary>
    public string Tools { get; }

    public ImmutableDictionary<string, string> Environment { get; set; }

    public NamedServerSettings Servers { get; set; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Changes the bounds of formatters.</summary>
    public Action<FormattersOptions> Formatters { get; init; } = _ => { };

    /// <summary>Changes the bounds of notebooks.</summary>
    public Action<NotebooksOptions> NotebookLimits { get; init; } = _ => { };

    public IProjectGrain Project => Grain<IProjectGrain>();

    public IFormatterGrain Formatter => Grain<IFormatterGrain>();

    public IKernelDirectoryGrain KernelDirectory => Grain<IKernelDirectoryGrain>();

    public INotebooksGrain Notebooks => Grain<INotebooksGrain>();

    /// <summary>What the grains get from the container.</summary>
    public T Service<T>()
        where T : class => _host!.Services.GetRequiredService<T>();

    public IKernelGrain Kernel(string id) => _host!.Services.GetRequiredService<Orleans.IGrainFactory>().GetGrain<IKernelGrain>(GrainKey.Of(0, id));

    /// <summary>Files that formatters have not removed.</summary>
    public string[] TemporaryFiles => Directory.GetFileSystemEntries(_folder.Path, "cocalc-*");

    public async Task<ProjectCluster> Start()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleans(silo => silo.AddGrainClasses(GrainServices.GrainClasses));
        builder.Services.AddSingleton(new ProjectSettings { ProjectId = ProjectId, Home = Home, Environment = Environment });
        builder.Services.AddSingleton(Servers);
        builder.Services.AddGrainServices();
        builder.Services.AddSingleton(Time);
        builder.Services.Configure(Formatters);
        builder.Services.Configure(NotebookLimits);
        _host = builder.Build();
        await _host.StartAsync();
        return this;
    }

    /// <summary>The daemon stops.</summary>
    public Task Stop() => _host!.StopAsync();

    /// <summary>Another daemon for the same project.</summary>
    public async Task Restart()
    {
        await _host!.StopAsync();
        _host.Dispose();
        await Start();
    }

    /// <summary>Puts an executable script into <see cref="Tools"/>, or into another folder.</summary>
    public string WriteTool(string name, string content = "#!/bin/sh\n", string? folder = null)
    {
        var path = Path.Join(folder ?? Tools, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    public string ServerFile(string name, string file) => Path.Join(Servers.Folder, name, file);

    /// <summary>The pid of a server; what is running under it at the end is ended.</summary>
    public int ServerPid(string name)
    {
        var pid = int.Parse(File.ReadAllText(ServerFile(name, "pid")), System.Globalization.CultureInfo.InvariantCulture);
        _pids.Add(pid);
        return pid;
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.StopAsync();
            _host.Dispose();
        }

        foreach (var pid in _pids.Distinct())
        {
            Kill(pid);
        }

        _folder.Dispose();
    }

    /// <summary>Ends a server's shell and what it has started.</summary>
    public static void Kill(int pid)
    {
        foreach (var child in Children(pid))
        {
            Kill(child);
        }

        _ = LibC.kill(pid, LibC.SIGKILL);
    }

    private T Grain<T>()
        where T : Orleans.IGrainWithStringKey => _host!.Services.GetRequiredService<Orleans.IGrainFactory>().GetGrain<T>(GrainKey.Of(0));

    private static IEnumerable<int> Children(int pid)
    {
        var file = $"/proc/{pid}/task/{pid}/children";
        return File.Exists(file)
            ? File.ReadAllText(file).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(text => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture))
            : [];
    }
}
