using System.Security.Cryptography;
using System.Text;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Silo.ProjectEnvironment;

/// <summary>A token or key. It can't be logged by accident: only <see cref="Reveal"/> gives the text.</summary>
internal sealed class Secret(string value)
{
    /// <summary>A fresh one: 32 random bytes in standard base64, 44 characters (spec 01 §5).</summary>
    public static Secret CreateRandom()
    {
        Span<byte> bytes = stackalloc byte[32];
        SecureRandom.Fill(bytes);
        return new Secret(Convert.ToBase64String(bytes));
    }

    public string Reveal() => value;

    /// <summary>Compares in constant time.</summary>
    public bool Matches(ReadOnlySpan<byte> utf8) => CryptographicOperations.FixedTimeEquals(utf8, Encoding.UTF8.GetBytes(value));

    public override string ToString() => "(secret)";
}
