namespace ProjectSilo.Conat.Server.Broker;

/// <summary>What a permission is asked for.</summary>
public enum ConatAccess
{
    Publish,
    Subscribe,
}
