namespace ProjectSilo.Conat.Server.Broker;

/// <summary>Tells who a client is.</summary>
public interface IConatAuthenticator
{
    /// <param name="cookies">The header <c>Cookie</c> of the upgrade; null if there is none.</param>
    /// <param name="cancellationToken">The end of the connection, or of the time for it.</param>
    ValueTask<AuthenticationResult> AuthenticateAsync(string? cookies, CancellationToken cancellationToken);
}
