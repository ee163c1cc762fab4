namespace ProjectSilo.Conat.Server.Broker;

public enum ConatUserKind
{
    /// <summary>A person, <c>{"account_id":…}</c>.</summary>
    Account,

    /// <summary>A project's daemon, <c>{"project_id":…}</c>.</summary>
    Project,

    /// <summary>A hub, <c>{"hub_id":…}</c>, which may do everything.</summary>
    Hub,
}
