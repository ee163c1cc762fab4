namespace ProjectSilo.Conat.Persist;

/// <summary>The subjects of the service (spec 07 §1.1).</summary>
public static class PersistSubjects
{
    /// <summary>The first token, if no other name is configured.</summary>
    public const string DefaultService = "persist";

    internal const string AccountScope = "account-";
    internal const string ProjectScope = "project-";
    internal const string HubScope = "hub";

    /// <summary>The subject of the sockets of an owner's streams: <c>persist.project-&lt;id&gt;</c>.</summary>
    public static string Of(PersistOwner owner, string service = DefaultService) => $"{service}.{owner.Scope}";

    /// <summary>Where the load balancer tells which server is an owner's: <c>persist.project-&lt;id&gt;.id</c>. The answer is the server's id as text.</summary>
    public static string LoadBalancer(PersistOwner owner, string service = DefaultService) => $"{Of(owner, service)}.id";

    /// <summary>What the load balancer subscribes to: <c>persist.*.id</c>.</summary>
    public static string LoadBalancerPattern(string service = DefaultService) => $"{service}.*.id";

    /// <summary>What a server listens for sockets on: <c>persist.*</c>.</summary>
    public static string ServerPattern(string service = DefaultService) => $"{service}.*";

    /// <summary>The second token: <c>project-&lt;id&gt;</c> of <c>persist.project-&lt;id&gt;.id</c>; empty if there is none.</summary>
    public static string ScopeOf(string subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        return subject.Split(Core.Subjects.Separator) is [_, var scope, ..] ? scope : "";
    }
}
