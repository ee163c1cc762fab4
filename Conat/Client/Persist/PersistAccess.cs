using ProjectSilo.Conat.Core;

namespace ProjectSilo.Conat.Persist;

/// <summary>
/// Who may open which path (spec 07 §1.4). There is no read-only access. The server checks it when a stream is opened, a client before it connects; that somebody may use the
/// subject at all is the broker's concern.
/// </summary>
public static class PersistAccess
{
    private const int IdLength = 36;
    private const int Forbidden = 403;

    /// <summary>Checks whether the sockets of <paramref name="subject"/> may open <paramref name="path"/>.</summary>
    /// <param name="subject">E.g. <c>persist.project-&lt;id&gt;.server.0.&lt;socket&gt;</c>, or only its beginning.</param>
    /// <param name="path">The storage path.</param>
    /// <param name="service">The service's name.</param>
    /// <returns>Why not, as a rule with code 403; null if they may.</returns>
    public static ConatException? Check(string subject, string path, string service = PersistSubjects.DefaultService)
    {
        ArgumentNullException.ThrowIfNull(subject);
        ArgumentNullException.ThrowIfNull(path);
        if (path.Length > StoragePath.MaxLength && StoragePath.IsNormalized(path))
        {
            return Denied($"path (of length {path.Length}) is too long (limit is '{StoragePath.MaxLength}' characters)");
        }

        if (!StoragePath.IsNormalized(path))
        {
            return NotNormalized(path);
        }

        if (path.StartsWith('/') || path.EndsWith('/'))
        {
            return Denied($"path '{path}' must not start or end with '/'");
        }

        if (subject.Split(Subjects.Separator)[0] != service)
        {
            return new ConatException($"bug -- first segment of subject must be '{service}' -- subject='{subject}'");
        }

        var scope = PersistSubjects.ScopeOf(subject);
        if (scope == PersistSubjects.HubScope)
        {
            // It would lead out of the folder of all streams.
            return path == ".." || path.StartsWith("../", StringComparison.Ordinal) ? NotNormalized(path) : null;
        }

        if (BaseOf(scope) is not { } folder)
        {
            return new ConatException($"invalid subject: '{subject}'", Forbidden);
        }

        return path.StartsWith(folder, StringComparison.Ordinal)
            ? null
            : Denied($"subject '{subject}' does not grant write permission to path='{path}' since it is not under '{folder}'");
    }

    /// <summary><c>projects/&lt;id&gt;/</c> of <c>project-&lt;id&gt;</c>. The id is taken by its length: what follows it is not looked at.</summary>
    private static string? BaseOf(string scope)
    {
        var (prefix, folder) = scope.StartsWith(PersistSubjects.AccountScope, StringComparison.Ordinal) ? (PersistSubjects.AccountScope, StoragePath.AccountsFolder)
            : scope.StartsWith(PersistSubjects.ProjectScope, StringComparison.Ordinal) ? (PersistSubjects.ProjectScope, StoragePath.ProjectsFolder)
            : ("", "");
        return prefix.Length == 0 ? null : $"{folder}{scope[prefix.Length..Math.Min(scope.Length, prefix.Length + IdLength)]}/";
    }

    private static ConatException NotNormalized(string path) => Denied($"path '{path}' is not normalized");

    private static ConatException Denied(string why) => new($"permission denied: {why}", Forbidden);
}
