namespace ProjectSilo.Conat.Server.Broker;

/// <summary>Decides who may publish and subscribe to what.</summary>
public interface IConatPermissions
{
    /// <param name="user">Who asks.</param>
    /// <param name="subject">A subject, or a pattern as plain text. Valid until the answer.</param>
    /// <param name="access">What for.</param>
    /// <param name="cancellationToken">The end of the connection.</param>
    ValueTask<bool> IsAllowedAsync(ConatUser user, ReadOnlyMemory<char> subject, ConatAccess access, CancellationToken cancellationToken);
}
