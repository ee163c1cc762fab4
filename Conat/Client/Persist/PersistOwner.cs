namespace ProjectSilo.Conat.Persist;

/// <summary>Whose data a stream is (spec 07 §1.1, §1.5): an account's, else a project's, else the hub's. The account wins if both are given.</summary>
/// <param name="AccountId">The account's UUID, or null.</param>
/// <param name="ProjectId">The project's UUID, or null.</param>
public readonly record struct PersistOwner(string? AccountId, string? ProjectId)
{
    /// <summary>The hub, whose data is nobody's.</summary>
    public static PersistOwner Hub => default;

    /// <summary>The second token of its subjects: <c>account-&lt;id&gt;</c>, <c>project-&lt;id&gt;</c> or <c>hub</c>.</summary>
    public string Scope =>
        !string.IsNullOrEmpty(AccountId) ? PersistSubjects.AccountScope + AccountId
        : !string.IsNullOrEmpty(ProjectId) ? PersistSubjects.ProjectScope + ProjectId
        : PersistSubjects.HubScope;

    /// <summary>What its storage paths begin with: <c>accounts/&lt;id&gt;</c>, <c>projects/&lt;id&gt;</c> or <c>hub</c>.</summary>
    public string Folder =>
        !string.IsNullOrEmpty(AccountId) ? StoragePath.AccountsFolder + AccountId
        : !string.IsNullOrEmpty(ProjectId) ? StoragePath.ProjectsFolder + ProjectId
        : StoragePath.HubFolder;

    /// <summary>An account.</summary>
    public static PersistOwner Account(string accountId) => new(accountId, null);

    /// <summary>A project.</summary>
    public static PersistOwner Project(string projectId) => new(null, projectId);
}
