using System.Collections.Immutable;
using ProjectSilo.Grains.Commands;
using ProjectSilo.Grains.Interfaces.Files;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Project;

namespace ProjectSilo.Grains.Kernels.Launch;

/// <summary>What to start for a kernel (spec 10 §2).</summary>
/// <param name="project">The project.</param>
/// <param name="spec">The kernel.</param>
/// <param name="options">What it is for. A spare process of the pool has no path.</param>
internal sealed class KernelLaunch(ProjectSettings project, KernelSpec spec, KernelOptions options)
{
    public KernelSpec Spec => spec;

    /// <summary>The folder of the connection file.</summary>
    public string RuntimeFolder =>
        Variable("JUPYTER_RUNTIME_DIR") is { } own ? own
        : Variable("XDG_RUNTIME_DIR") is { } runtime ? Path.Join(runtime, "jupyter")
        : Path.Join(project.Home, ".local/share/jupyter/runtime");

    /// <summary>Where temporary files go.</summary>
    public string TemporaryFolder => project.TemporaryDirectory;

    /// <summary>The folder of the notebook.</summary>
    public string WorkingDirectory => FolderOf(project, options.Path);

    /// <summary>Whether its sockets are to be Unix sockets.</summary>
    public bool SpeaksIpc(KernelTransport transport) => transport switch
    {
        KernelTransport.Auto => spec.Arguments.Any(argument => argument.StartsWith("ipykernel", StringComparison.Ordinal)),
        _ => transport == KernelTransport.Ipc,
    };

    /// <summary>A bash script that sets the limits and becomes the kernel; null if there are no limits.</summary>
    public string? Script(string connectionFile) =>
        options.ResourceLimits is { } limits ? $"ulimit {limits}\n\nexec {string.Join(' ', Arguments(connectionFile).Select(ShellText.Quote))}\n" : null;

    /// <summary>The process.</summary>
    /// <param name="connectionFile">The absolute path.</param>
    /// <param name="script">The file of <see cref="Script"/>; null if there is none.</param>
    /// <param name="marker">A variable that all have that the kernel starts.</param>
    public SpawnOptions Process(string connectionFile, string? script, KeyValuePair<string, string> marker)
    {
        var arguments = script is null ? Arguments(connectionFile) : ["bash", script];
        return new SpawnOptions
        {
            Program = arguments[0],
            Arguments = arguments.RemoveAt(0),
            WorkingDirectory = WorkingDirectory,
            Environment = Environment(marker),

            // What it prints there is nobody's (spec 10 §2.7), and it is not asked either: this drains it for nothing.
            StandardInput = ChildStream.Null,
            StandardOutput = ChildStream.Null,
        };
    }

    /// <summary>The folder that a notebook's kernel works in, absolute.</summary>
    public static string FolderOf(ProjectSettings project, string path) => ProjectPath.Absolute(project.Home, ProjectPath.Folder(path));

    private string? Variable(string name) => project.Environment.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

    private ImmutableArray<string> Arguments(string connectionFile) =>
        [.. spec.Arguments.Select(argument => ReplaceFirst(ReplaceFirst(argument, "{connection_file}", connectionFile), "{resource_dir}", spec.ResourceDirectory))];

    private Dictionary<string, string> Environment(KeyValuePair<string, string> marker)
    {
        var variables = new Dictionary<string, string>(project.CommandEnvironment, StringComparer.Ordinal);
        foreach (var (name, value) in spec.Environment)
        {
            variables[name] = value;
        }

        variables["PLOTLY_RENDERER"] = "colab";
        variables["COCALC_JUPYTER_KERNELNAME"] = spec.Name;
        if (options.Path.Length > 0)
        {
            variables["COCALC_JUPYTER_FILENAME"] = options.Path;
        }

        if (spec.Arguments[0].StartsWith("sage", StringComparison.Ordinal))
        {
            variables["PYTHONUSERBASE"] = $"{project.Home}/.local";
            variables["PYTHON_EGG_CACHE"] = $"{project.Home}/.sage/.python-eggs";
            variables["R_MAKEVARS_USER"] = $"{project.Home}/.sage/R/Makevars.user";
        }

        foreach (var (name, value) in options.Environment)
        {
            variables[name] = value;
        }

        variables[marker.Key] = marker.Value;
        return variables;
    }

    private static string ReplaceFirst(string text, string name, string value) =>
        text.IndexOf(name, StringComparison.Ordinal) is >= 0 and var start ? string.Concat(text.AsSpan(0, start), value, text.AsSpan(start + name.Length)) : text;
}
