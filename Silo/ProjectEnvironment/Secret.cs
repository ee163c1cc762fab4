using System.Security.Cryptography;
using System.Text;

namespace ProjectSilo.Silo.ProjectEnvironment;

/// <summary>A token or key. It can't be logged by accident: only <see cref="Reveal"/> gives the text.</summary>
internal sealed class Secret(string value)
{
    /// <summary>A fresh one: 32 random bytes in standard base64, 44 characters (spec 01 §5).</summary>
    public static Secret CreateRandom() => new(Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));

    public string Reveal() => value;

    /// <summary>Compares in constant time.</summary>
    public bool Matches(ReadOnlySpan<byte> utf8) => CryptographicOperations.FixedTimeEquals(utf8, Encoding.UTF8.GetBytes(value));

    public override string ToString() => "(secret)";
}
