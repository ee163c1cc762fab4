using System.Text.Json.Nodes;

namespace ProjectSilo.Silo.Kucalc;

/// <summary>A daemon that no hub can connect to: every query fails as if none were connected (spec 02 §10).</summary>
internal sealed class NoHubQueries : IHubQueries
{
    public Task QueryAsync(JsonObject query, CancellationToken cancellationToken) =>
        Task.FromException(new InvalidOperationException("no hub socket available"));
}
