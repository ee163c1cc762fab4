using System.Collections.Immutable;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Files;

/// <summary>Paths with links resolved, as clients name files (spec 09 §6). Blocks.</summary>
internal static class ResolvedPaths
{
    /// <summary><c>system.realpath</c>: below HOME, or <paramref name="path"/> unchanged.</summary>
    /// <exception cref="PosixException">The call is <c>realpath</c>.</exception>
    public static string Real(string home, string path)
    {
        var given = $"{home}/{path}";
        var resolved = LinkText.Resolve(given);
        return resolved == given ? path
            : PathBytes.Show(Below(home, resolved) ?? (LinkText.TryResolve(home, out var realHome) == 0 ? Below(realHome, resolved) : null) ?? path);
    }

    /// <summary><c>system.canonicalPaths</c>: below HOME, or through <c>.smc/root</c>.</summary>
    /// <exception cref="PosixException">The call is <c>realpath</c>.</exception>
    public static ImmutableArray<string> Canonical(string home, ImmutableArray<string> paths)
    {
        var realHome = LinkText.Resolve(home);
        return [.. paths.Select(path => Canonical(home, realHome, path))];
    }

    private static string Canonical(string home, string realHome, string path)
    {
        var resolved = LinkText.Resolve(ProjectPath.Normalise(path.StartsWith('/') ? path : $"{home}/{path}"));
        return PathBytes.Show(resolved == realHome ? "" : Below(realHome, resolved) ?? $"{realHome}/.smc/root{resolved}");
    }

    /// <summary>What comes after <paramref name="folder"/>; null if the path is not strictly below it.</summary>
    private static string? Below(string folder, string path)
    {
        var prefix = folder.EndsWith('/') ? folder : folder + "/";
        return path.Length > prefix.Length && path.StartsWith(prefix, StringComparison.Ordinal) ? path[prefix.Length..] : null;
    }
}
