namespace ProjectSilo.Conat.Server.Persist.Storage;

/// <summary>Fields of the table <c>config</c> that are not plain numbers.</summary>
internal static class StreamFields
{
    /// <summary>Any JSON.</summary>
    public const string Desc = "desc";
}
