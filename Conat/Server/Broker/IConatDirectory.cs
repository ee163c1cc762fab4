namespace ProjectSilo.Conat.Server.Broker;

/// <summary>What permissions of accounts depend on. Standalone there is one local account, a collaborator of the one project.</summary>
public interface IConatDirectory
{
    ValueTask<bool> IsCollaboratorAsync(string accountId, string projectId, CancellationToken cancellationToken);

    ValueTask<bool> IsSiteAdminAsync(string accountId, CancellationToken cancellationToken);
}
