namespace ProjectSilo.Grains.Interfaces.Files;

/// <summary>Rules for paths as text; no file is looked at (spec 09 §6.3, §6.4).</summary>
public static class ProjectPath
{
    /// <summary>The absolute path: an empty one is HOME, an absolute one stays as it is, another is joined to HOME and normalised.</summary>
    public static string Absolute(string home, string path) =>
        path.Length == 0 ? home
        : path[0] == '/' ? path
        : Normalise($"{home}/{path}");

    /// <summary>An absolute path without <c>.</c>, <c>..</c>, and slashes that mean nothing.</summary>
    public static string Normalise(string path)
    {
        var names = new List<string>();
        foreach (var name in path.Split('/'))
        {
            if (name is "..")
            {
                if (names.Count > 0)
                {
                    names.RemoveAt(names.Count - 1);
                }
            }
            else if (name is not ("" or "."))
            {
                names.Add(name);
            }
        }

        return "/" + string.Join('/', names);
    }

    /// <summary>The last component of a path, e.g. <c>y.z</c> of <c>x/y.z</c>.</summary>
    public static string Name(string path) => path[(path.LastIndexOf('/') + 1)..];

    /// <summary>What is before <see cref="Name"/>, without the slash; of an absolute path at least <c>/</c>.</summary>
    public static string Folder(string path) => path.LastIndexOf('/') switch
    {
        < 0 => "",
        0 => "/",
        var slash => path[..slash],
    };

    /// <summary>What is after the last dot of the name: <c>c</c> of <c>a.b.c</c>, <c>a</c> of <c>.a</c>; empty if there is nothing.</summary>
    public static string Extension(string path)
    {
        var name = Name(path);
        var dot = name.LastIndexOf('.');
        return dot < 0 ? "" : name[(dot + 1)..];
    }

    /// <summary>The path with another extension: <c>a.log</c> for <c>a</c>, <c>.log</c> for <c>.a</c>, <c>a..log</c> for <c>a.</c>.</summary>
    public static string WithExtension(string path, string extension)
    {
        var old = Extension(path);
        return (old.Length == 0 ? path : path[..^(old.Length + 1)]) + "." + extension;
    }
}
