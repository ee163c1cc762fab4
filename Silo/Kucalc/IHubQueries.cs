using System.Text.Json.Nodes;

namespace ProjectSilo.Silo.Kucalc;

/// <summary>Database queries over any connected hub (spec 02 §10). The hub gateway implements it.</summary>
internal interface IHubQueries
{
    /// <summary>Sends <paramref name="query"/>, e.g. <c>{"projects":{"project_id":"...","status":{...}}}</c>, and waits for the hub's answer.</summary>
    /// <exception cref="Exception">No hub is connected, it answered with an error, or not within 30 s.</exception>
    Task QueryAsync(JsonObject query, CancellationToken cancellationToken);
}
