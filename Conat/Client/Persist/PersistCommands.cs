namespace ProjectSilo.Conat.Persist;

/// <summary>The values of the header <c>cmd</c> (spec 07 §1.7).</summary>
public static class PersistCommands
{
    public const string Set = "set";
    public const string SetMany = "setMany";
    public const string Get = "get";
    public const string GetAll = "getAll";
    public const string Keys = "keys";
    public const string Delete = "delete";
    public const string Config = "config";
    public const string Inventory = "inventory";
    public const string Changefeed = "changefeed";
    public const string ServerId = "serverId";
    public const string Sqlite = "sqlite";
}
