using ProjectSilo.Conat.Server.Broker;

namespace ProjectSilo.Silo.Conat;

/// <summary>Standalone there is one account, who is a collaborator of the one project and no site's administrator (spec 05 §10).</summary>
internal sealed class StandaloneDirectory(string projectId) : IConatDirectory
{
    /// <summary>The local user.</summary>
    public const string AccountId = "00000000-0000-4000-8000-000000000001";

    /// <inheritdoc />
    public ValueTask<bool> IsCollaboratorAsync(string accountId, string otherProjectId, CancellationToken cancellationToken) =>
        new(accountId == AccountId && otherProjectId == projectId);

    /// <inheritdoc />
    public ValueTask<bool> IsSiteAdminAsync(string accountId, CancellationToken cancellationToken) => new(false);
}
