using ProjectSilo.Grains.Interfaces.Files;

namespace ProjectSilo.Grains.Files;

/// <summary>The hidden files that belong to a file: <c>sub/.q.md.time-travel</c> to <c>sub/q.md</c> (spec 09 §5).</summary>
internal static class Companions
{
    private static readonly string[] Moved = ["sage-chat", "sage-jupyter", "sage-jupyter2", "time-travel", "sage-history"];
    private static readonly string[] Deleted = [.. Moved, "syncdb"];

    /// <summary>Those that are deleted with <paramref name="path"/>.</summary>
    public static IEnumerable<string> DeletedWith(string path) => Deleted.Select(extension => Of(path, extension));

    /// <summary>Those that move with <paramref name="source"/> when it becomes <paramref name="target"/>.</summary>
    public static IEnumerable<(string Source, string Target)> MovedWith(string source, string target) =>
        Moved.Select(extension => (Of(source, extension), Of(target, extension)));

    private static string Of(string path, string extension) => $"{path[..(path.LastIndexOf('/') + 1)]}.{ProjectPath.Name(path)}.{extension}";
}
