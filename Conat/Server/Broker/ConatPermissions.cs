using ProjectSilo.Conat.Core;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>CoCalc's rules (spec 05 §10). Only what an account may do in a project or as an administrator is asked of the directory.</summary>
/// <param name="directory">Knows collaborators and administrators.</param>
public sealed class ConatPermissions(IConatDirectory directory) : IConatPermissions
{
    private const int UuidLength = 36;

    /// <inheritdoc />
    public ValueTask<bool> IsAllowedAsync(ConatUser user, ReadOnlyMemory<char> subject, ConatAccess access, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(user);
        if (user.Kind == ConatUserKind.Hub)
        {
            return new ValueTask<bool>(true);
        }

        var text = subject.Span;
        var kind = user.Kind == ConatUserKind.Project ? "project" : "account";
        if (CommonRule(text, kind, user.Id, access) is { } decision)
        {
            return new ValueTask<bool>(decision);
        }

        var (first, second) = FirstTokens(text);
        var isOwnToken = StartsWith(second, kind, "-", user.Id) && second.Length == kind.Length + 1 + user.Id.Length;
        if (isOwnToken || StartsWith(text, kind, ".", user.Id, "."))
        {
            return new ValueTask<bool>(true);
        }

        if (user.Kind == ConatUserKind.Project)
        {
            return new ValueTask<bool>(false);
        }

        if (first is "sys")
        {
            return directory.IsSiteAdminAsync(user.Id, cancellationToken);
        }

        return ProjectOf(first, second) is { } projectId
            ? directory.IsCollaboratorAsync(user.Id, projectId, cancellationToken)
            : new ValueTask<bool>(false);
    }

    /// <summary>What holds for projects and accounts alike; null if none of it applies.</summary>
    private static bool? CommonRule(ReadOnlySpan<char> subject, string kind, string id, ConatAccess access)
    {
        if (StartsWith(subject, "hub.", kind, ".", id, "."))
        {
            return access == ConatAccess.Publish;
        }

        if (access == ConatAccess.Publish)
        {
            return subject.StartsWith("_INBOX.") ? true : null;
        }

        return StartsWith(subject, "_INBOX.", kind, "-", id) || subject.StartsWith("public.") ? true : null;
    }

    /// <summary>The project that a subject names: <c>project.&lt;uuid&gt;.…</c> or <c>x.project-&lt;uuid&gt;.…</c>.</summary>
    private static string? ProjectOf(ReadOnlySpan<char> first, ReadOnlySpan<char> second)
    {
        const string Prefix = "project-";
        var id = first is "project" ? second : second.StartsWith(Prefix) ? second[Prefix.Length..] : [];
        return id.Length == UuidLength && Guid.TryParseExact(id, "D", out _) ? id.ToString() : null;
    }

    private static Tokens FirstTokens(ReadOnlySpan<char> subject)
    {
        var end = subject.IndexOf(Subjects.Separator);
        if (end < 0)
        {
            return new Tokens(subject, []);
        }

        var rest = subject[(end + 1)..];
        var secondEnd = rest.IndexOf(Subjects.Separator);
        return new Tokens(subject[..end], secondEnd < 0 ? rest : rest[..secondEnd]);
    }

    private static bool StartsWith(ReadOnlySpan<char> text, params ReadOnlySpan<string> parts)
    {
        foreach (var part in parts)
        {
            if (!text.StartsWith(part))
            {
                return false;
            }

            text = text[part.Length..];
        }

        return true;
    }

    private readonly ref struct Tokens(ReadOnlySpan<char> first, ReadOnlySpan<char> second)
    {
        private readonly ReadOnlySpan<char> _first = first;
        private readonly ReadOnlySpan<char> _second = second;

        public void Deconstruct(out ReadOnlySpan<char> first, out ReadOnlySpan<char> second)
        {
            first = _first;
            second = _second;
        }
    }
}
