namespace ProjectSilo.Conat.Persist;

/// <summary>Where a stream is stored (spec 07 §1.5). Existing data is found by it, so it never changes.</summary>
public static class StoragePath
{
    /// <summary>Most UTF-16 code units of a path.</summary>
    public const int MaxLength = 4_000;

    internal const string AccountsFolder = "accounts/";
    internal const string ProjectsFolder = "projects/";
    internal const string HubFolder = "hub";

    /// <summary>
    /// The path of the stream <paramref name="name"/>: project P's <c>foo</c> is <c>projects/P/foo</c>. The name is not escaped: <c>a/b</c> is in a folder, <c>../up</c> leads
    /// out of the owner's, which <see cref="PersistAccess"/> refuses.
    /// </summary>
    public static string Of(PersistOwner owner, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Normalize(name.Length == 0 ? owner.Folder : $"{owner.Folder}/{name}");
    }

    /// <summary>Whether it is in POSIX normal form: no <c>//</c>, no segment <c>.</c>, no <c>..</c> but at the beginning, not empty.</summary>
    public static bool IsNormalized(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path != "." && Normalize(path) == path;
    }

    /// <summary>The POSIX normal form; a trailing <c>/</c> stays, and nothing at all is <c>.</c>.</summary>
    public static string Normalize(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var isAbsolute = path.StartsWith('/');
        var kept = new List<string>();
        foreach (var segment in path.Split('/'))
        {
            if (segment is "" or ".")
            {
                continue;
            }

            if (segment != "..")
            {
                kept.Add(segment);
            }
            else if (kept is [.., not ".."])
            {
                kept.RemoveAt(kept.Count - 1);
            }
            else if (!isAbsolute)
            {
                kept.Add(segment);
            }
        }

        if (kept.Count == 0)
        {
            return isAbsolute ? "/" : path.EndsWith('/') ? "./" : ".";
        }

        return (isAbsolute ? "/" : "") + string.Join('/', kept) + (path.EndsWith('/') ? "/" : "");
    }
}
