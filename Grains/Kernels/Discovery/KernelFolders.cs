using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Project;

namespace ProjectSilo.Grains.Kernels.Discovery;

/// <summary>Where kernels are looked for (spec 10 §1.1).</summary>
internal sealed class KernelFolders(ProjectSettings project)
{
    private const string Local = "/usr/local/share/jupyter";
    private const string System = "/usr/share/jupyter";

    private readonly IReadOnlyDictionary<string, string> _environment = project.CommandEnvironment;

    /// <summary>What follows from the first python in <c>PATH</c>: looked for once.</summary>
    private string? _ofPython;

    /// <summary>The folders in their order; the first that has a name wins. Blocks.</summary>
    public IEnumerable<string> All()
    {
        foreach (var folder in _environment.GetValueOrDefault("JUPYTER_PATH", "").Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            yield return folder;
        }

        yield return Path.Join(project.Home, ".local/share/jupyter");
        _ofPython ??= OfPython();
        if (_ofPython is not ("" or Local or System))
        {
            yield return _ofPython;
        }

        yield return Local;
        yield return System;
    }

    /// <summary><c>/opt/conda/share/jupyter</c> for <c>/opt/conda/bin/python</c>, links not followed; empty if there is no python.</summary>
    private string OfPython()
    {
        var folders = _environment.GetValueOrDefault("PATH", "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        foreach (var name in (string[])["python", "python3"])
        {
            foreach (var folder in folders)
            {
                var program = Path.Join(folder, name);
                if (folder[0] == '/' && File.Exists(program) && LibC.access(program, LibC.X_OK) == 0 && Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(folder)) is { } prefix)
                {
                    return Path.Join(prefix, "share/jupyter");
                }
            }
        }

        return "";
    }
}
