using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Project;
using ProjectSilo.Tests;

namespace ProjectSilo.Gateways.Tests.Api;

/// <summary>Two projects: one with the formatters of this machine and npm's prettier, one without any.</summary>
public sealed class FormatterProject : IAsyncLifetime
{
    private const string SystemPath = "/usr/local/bin:/usr/bin:/bin";

    private readonly TemporaryFolder _nothing = new();
    private readonly ProjectHost _project;
    private readonly ProjectHost _bareProject;

    public FormatterProject()
    {
        var prettier = Path.Join(Vectors.RepositoryRoot(), "tests", "Grains.Tests", "node", "node_modules", ".bin");
        _project = Host($"{prettier}:{SystemPath}");
        _bareProject = Host(_nothing.Path);
    }

    internal BrowserCommands Commands => _project.Commands;

    public async Task InitializeAsync()
    {
        await _project.InitializeAsync();
        await _bareProject.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        await _project.DisposeAsync();
        await _bareProject.DisposeAsync();
        _nothing.Dispose();
    }

    /// <summary>Calls <c>editor.formatterString</c>.</summary>
    internal async Task<string> Format(WireValue.Members arguments, bool toolAbsent = false)
    {
        var api = (toolAbsent ? _bareProject : _project).Api;
        return TextOf(await api.Invoke("editor.formatterString", [arguments], "test", default).AsTask().Within());
    }

    /// <summary>The text of a result.</summary>
    internal static string TextOf(WireValue value) => string.Concat(((WireValue.LongText)value).Pieces.Select(piece => Encoding.UTF8.GetString(piece.Span)));

    /// <summary>What a program prints about its version; null if it isn't installed.</summary>
    internal static async Task<string?> Version(string program)
    {
        if (!SystemPath.Split(':').Any(folder => File.Exists(Path.Join(folder, program))))
        {
            return null;
        }

        using var folder = new TemporaryFolder();
        using var child = ChildProcess.Start(new SpawnOptions
        {
            Program = program,
            Arguments = ["--version"],
            WorkingDirectory = folder.Path,
            Environment = ImmutableDictionary<string, string>.Empty.Add("PATH", SystemPath).Add("HOME", folder.Path),
            StandardInput = ChildStream.Null,
            StandardOutput = ChildStream.File(folder.File("version")),
        });
        await child.Exited.Within();
        return await File.ReadAllTextAsync(folder.File("version"));
    }

    private static ProjectHost Host(string path)
    {
        ProjectHost? host = null;
        host = new ProjectHost(new ApiIdentity(ProjectHost.ProjectId, 0, ProjectHost.Version), services => services.AddSingleton(new ProjectSettings
        {
            ProjectId = ProjectHost.ProjectId,
            Home = host!.Home,
            Environment = ImmutableDictionary<string, string>.Empty.Add("PATH", path).Add("HOME", host.Home).Add("TMPDIR", host.Home),
        }));
        return host;
    }
}
