using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Transports;

/// <summary>The event <c>info</c>, with which a session begins (spec 05 §2.2).</summary>
/// <param name="MaxPayload">Most bytes of a message of the wire; null if the broker doesn't say.</param>
/// <param name="Id">The broker's id.</param>
/// <param name="ClusterName">Null outside of a cluster.</param>
/// <param name="User">Who we are: <c>{"project_id":"…"}</c>; null's value if the broker has no authentication.</param>
public sealed record ConatInfo(long? MaxPayload, string? Id, string? ClusterName, WireValue User)
{
    /// <summary>Why we were refused; null if we were not.</summary>
    public ConatException? Refusal => ConatException.In(User);

    /// <summary>Reads <c>{"max_payload":8000000,"id":"0","user":{…}}</c>; what is missing or strange is null.</summary>
    public static ConatInfo From(WireValue value)
    {
        var members = value as WireValue.Members ?? new WireValue.Members([]);
        var maxPayload = members["max_payload"] is WireValue.Number { Value: >= 1 and <= int.MaxValue } number ? (long?)number.Value : null;
        return new ConatInfo(maxPayload, members["id"].AsText(), members["clusterName"].AsText(), members["user"]);
    }
}
