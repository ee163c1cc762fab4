using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.TestingHost;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Files;
using ProjectSilo.Grains.Interfaces.Terminals;
using ProjectSilo.Grains.Project;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Files;

/// <summary>A project of its own with its Files grain, on a real file system.</summary>
internal sealed class FilesProject : IAsyncDisposable
{
    public const string Caller = "test";

    private static readonly AsyncLocal<FilesProject?> Starting = new();

    private readonly TemporaryFolder? _folder;
    private readonly Action<IServiceCollection>? _configure;
    private readonly TestCluster _cluster = new TestClusterBuilder(1).AddSiloBuilderConfigurator<Configurator>().Build();

    private FilesProject(string? home, Action<IServiceCollection>? configure)
    {
        _folder = home is null ? new TemporaryFolder() : null;
        Home = home ?? Path.Combine(_folder!.Path, "home/user");
        _configure = configure;
        Directory.CreateDirectory(Home);
    }

    public string Home { get; }

    public string Data => Path.Combine(Home, ".smc");

    public string UnfinishedSaves => Path.Combine(Data, "unfinished-saves");

    public IFilesGrain Files => _cluster.GrainFactory.GetGrain<IFilesGrain>(GrainKey.Of(0));

    public IUploadGrain Upload(string id) => _cluster.GrainFactory.GetGrain<IUploadGrain>(GrainKey.Of(0, id));

    public ITerminalGrain Terminal(string path) => _cluster.GrainFactory.GetGrain<ITerminalGrain>(GrainKey.Of(0, path));

    public IServiceProvider Services => _cluster.ServiceProvider;

    /// <param name="home">A HOME that stays; null: one of its own that is removed at the end.</param>
    public static async Task<FilesProject> Start(string? home = null, Action<IServiceCollection>? configure = null)
    {
        var project = new FilesProject(home, configure);
        Starting.Value = project;
        await project._cluster.DeployAsync();
        return project;
    }

    public string At(string path) => Path.Combine(Home, path);

    public string Read(string path) => File.ReadAllText(At(path));

    public string Put(string path, string content = "")
    {
        var file = At(path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
        return file;
    }

    public string PutFolder(string path) => Directory.CreateDirectory(At(path)).FullName;

    public void PutLink(string path, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.CreateSymbolicLink(At(path), target);
    }

    public async Task<string> ReadText(string path, string caller) => Encoding.UTF8.GetString((await Files.ReadText(path, caller)).Span);

    public Task WriteText(string path, string content) => Files.WriteText(path, content, Caller, default);

    /// <summary>Everything below HOME but the daemon's own folder, sorted; what a test left behind is seen here.</summary>
    public string[] Tree() =>
    [
        .. Directory.EnumerateFileSystemEntries(Home, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Select(path => Path.GetRelativePath(Home, path))
            .Where(path => path != ".smc" && !path.StartsWith(".smc/unfinished-saves", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    public string[] Records() => Directory.Exists(UnfinishedSaves)
        ? [.. Directory.GetFiles(UnfinishedSaves).Where(record => new FileInfo(record).Length > 0)]
        : [];

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        if (_folder is not null)
        {
            // .NET can't remove names that are not UTF-8.
            await HelperProcess.Shell($"rm -rf '{_folder.Path}/home'");
            _folder.Dispose();
        }
    }

    private sealed class Configurator : ISiloConfigurator
    {
        public void Configure(ISiloBuilder siloBuilder)
        {
            var project = Starting.Value!;
            siloBuilder.AddGrainClasses(GrainServices.GrainClasses);
            siloBuilder.Services.AddLogging().AddGrainServices().AddSingleton(new ProjectSettings
            {
                ProjectId = "812abe34-a382-4bd1-9071-29b6f4334f03",
                Home = project.Home,
                Environment = ImmutableDictionary<string, string>.Empty.Add("PATH", "/usr/local/bin:/usr/bin:/bin").Add("HOME", project.Home),
            });
            project._configure?.Invoke(siloBuilder.Services);
        }
    }
}
