using System.Globalization;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Terminals;

/// <summary>Where a process works.</summary>
internal static class ProcessFolder
{
    /// <summary>The folder of process <paramref name="pid"/>: relative to HOME if it is in it, HOME itself as an empty text (spec 11 §3.5); null if it has ended.</summary>
    public static string? Of(int pid, string home)
    {
        var link = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/cwd");
        if (LinkText.TryRead(LibC.AT_FDCWD, PathBytes.Encode(link), out var text) != 0)
        {
            return null;
        }

        var folder = PathBytes.Show(text);
        var realHome = LinkText.TryResolve(home, out var resolved) == 0 ? PathBytes.Show(resolved) : home;
        return folder == realHome ? ""
            : folder.StartsWith(realHome.TrimEnd('/') + "/", StringComparison.Ordinal) ? folder[(realHome.TrimEnd('/').Length + 1)..]
            : folder;
    }
}
