using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>Who is at the other end of a connection, for as long as it lasts (spec 05 §2.2, §9).</summary>
public sealed class ConatUser
{
    private ConatUser(ConatUserKind kind, string id)
    {
        (Kind, Id) = (kind, id);
        Value = new WireObject { [MemberOf(kind)] = id }.Build();
        Json = WireJson.ToText(Value);
    }

    public ConatUserKind Kind { get; }

    /// <summary>A UUID, or a hub's name.</summary>
    public string Id { get; }

    /// <summary>The user object, with exactly one member.</summary>
    public WireValue.Members Value { get; }

    /// <summary>The same as compact JSON, as error texts show it: <c>{"project_id":"00000000-…"}</c>. Equal for equal users.</summary>
    public string Json { get; }

    public static ConatUser Account(string accountId) => new(ConatUserKind.Account, accountId);

    public static ConatUser Project(string projectId) => new(ConatUserKind.Project, projectId);

    public static ConatUser Hub(string hubId) => new(ConatUserKind.Hub, hubId);

    /// <inheritdoc />
    public override string ToString() => Json;

    private static string MemberOf(ConatUserKind kind) => kind switch
    {
        ConatUserKind.Account => "account_id",
        ConatUserKind.Project => "project_id",
        _ => "hub_id",
    };
}
