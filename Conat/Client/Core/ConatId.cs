using System.Security.Cryptography;

namespace ProjectSilo.Conat.Core;

/// <summary>The random names of the bus: message ids, inboxes, queue groups (spec 05 §5.1).</summary>
public static class ConatId
{
    /// <summary>Characters of an id.</summary>
    public const int Length = 10;

    private const string Alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    /// <summary>10 characters <c>[0-9a-zA-Z]</c>, not to be guessed: <c>H5BwujPBQO</c>.</summary>
    public static string New() => RandomNumberGenerator.GetString(Alphabet, Length);
}
