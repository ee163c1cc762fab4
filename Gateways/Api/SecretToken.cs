using System.Security.Cryptography;
using System.Text;

namespace ProjectSilo.Gateways.Api;

/// <summary>The token that unlocks hub connections and the HTTP API (spec 01 §5). Never printed: <see cref="ToString"/> hides it.</summary>
public sealed class SecretToken
{
    private readonly byte[] _bytes;

    /// <summary>Wraps the token's text.</summary>
    /// <exception cref="ArgumentException">It is empty: that would match anything.</exception>
    public SecretToken(string token)
    {
        ArgumentException.ThrowIfNullOrEmpty(token);
        _bytes = Encoding.UTF8.GetBytes(token);
    }

    /// <summary>Bytes that must come.</summary>
    public int Length => _bytes.Length;

    /// <summary>Whether <paramref name="received"/> is how the token begins, or begins with the token; in time that tells only its length.</summary>
    public bool Agrees(ReadOnlySpan<byte> received)
    {
        var count = Math.Min(received.Length, _bytes.Length);
        return CryptographicOperations.FixedTimeEquals(received[..count], _bytes.AsSpan(0, count));
    }

    /// <summary>Whether <paramref name="received"/> is the token, in time that tells only its length.</summary>
    public bool Is(ReadOnlySpan<byte> received) => CryptographicOperations.FixedTimeEquals(received, _bytes);

    /// <inheritdoc />
    public override string ToString() => "(secret)";
}
