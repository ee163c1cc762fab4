namespace ProjectSilo.Silo.Kucalc;

/// <summary>Counts the processes of a Linux user, as <c>ps -u</c> would (spec 01 §10).</summary>
internal static class UserProcesses
{
    /// <summary>The account that runs projects in Kubernetes mode.</summary>
    public const string ProjectUser = "user";

    /// <returns><c>null</c> if there is no such user.</returns>
    public static int? Count(string user, string passwd = "/etc/passwd", string proc = "/proc")
    {
        if (UidOf(user, passwd) is not { } uid)
        {
            return null;
        }

        return Directory.EnumerateDirectories(proc).Count(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0]) && EffectiveUid(folder) == uid);
    }

    private static string? UidOf(string user, string passwd)
    {
        try
        {
            return File.ReadLines(passwd).Select(line => line.Split(':')).FirstOrDefault(fields => fields.Length > 2 && fields[0] == user)?[2];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Without the file there is no such user to be found.
            return null;
        }
    }

    /// <summary>The second number of the line <c>Uid:	1000	1000	1000	1000</c>.</summary>
    private static string? EffectiveUid(string folder)
    {
        try
        {
            var line = File.ReadLines(Path.Join(folder, "status")).FirstOrDefault(line => line.StartsWith("Uid:", StringComparison.Ordinal));
            return line?.Split('\t') is [_, _, var effective, ..] ? effective : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It has ended between the listing and the look: it doesn't count.
            return null;
        }
    }
}
