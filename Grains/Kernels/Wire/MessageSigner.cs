using System.Security.Cryptography;
using System.Text;

namespace ProjectSilo.Grains.Kernels.Wire;

/// <summary>
/// Signs messages and checks signatures: small hexadecimal digits of the HMAC-SHA256 over the bytes of the four JSON frames, with the key as UTF-8 text (spec 10 §4.2). One hash is used over and over,
/// by one caller at a time.
/// </summary>
/// <param name="key">Empty: signatures are empty.</param>
internal sealed class MessageSigner(string key) : IDisposable
{
    private const int HashLength = 32;

    /// <summary>Protects the hash.</summary>
    private readonly Lock _lock = new();

    private readonly IncrementalHash? _hash = key.Length == 0 ? null : IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(key));

    /// <summary>Bytes of a signature.</summary>
    public int Length => _hash is null ? 0 : HashLength * 2;

    /// <summary>Writes the signature, <see cref="Length"/> bytes.</summary>
    public void Sign(ReadOnlySpan<byte> header, ReadOnlySpan<byte> parentHeader, ReadOnlySpan<byte> metadata, ReadOnlySpan<byte> content, Span<byte> signature)
    {
        if (_hash is null)
        {
            return;
        }

        Span<byte> hash = stackalloc byte[HashLength];
        lock (_lock)
        {
            _hash.AppendData(header);
            _hash.AppendData(parentHeader);
            _hash.AppendData(metadata);
            _hash.AppendData(content);
            _hash.GetHashAndReset(hash);
        }

        Convert.TryToHexStringLower(hash, signature, out _);
    }

    /// <summary>Whether it is the signature of these; takes as long for any wrong one.</summary>
    public bool Verify(
        ReadOnlySpan<byte> signature, ReadOnlySpan<byte> header, ReadOnlySpan<byte> parentHeader, ReadOnlySpan<byte> metadata, ReadOnlySpan<byte> content)
    {
        Span<byte> expected = stackalloc byte[HashLength * 2];
        expected = expected[..Length];
        Sign(header, parentHeader, metadata, content, expected);
        return CryptographicOperations.FixedTimeEquals(signature, expected);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _hash?.Dispose();
        }
    }
}
