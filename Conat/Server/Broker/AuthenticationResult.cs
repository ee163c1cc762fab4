namespace ProjectSilo.Conat.Server.Broker;

/// <summary>Who somebody is, or why that is refused.</summary>
/// <param name="User">Null if refused.</param>
/// <param name="Error">The reason without <c>Error: </c>, never with a secret in it.</param>
/// <param name="Code">An error's code, if it has one.</param>
public sealed record AuthenticationResult(ConatUser? User, string Error = "", int? Code = null)
{
    public static implicit operator AuthenticationResult(ConatUser user) => new(user);

    public static AuthenticationResult Refused(string error, int? code = null) => new(null, error, code);
}
