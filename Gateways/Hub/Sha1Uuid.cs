using System.Security.Cryptography;

namespace ProjectSilo.Gateways.Hub;

/// <summary>The UUID of a blob, from the SHA-1 of its content (spec 02 §13).</summary>
public static class Sha1Uuid
{
    private const string Pattern = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";

    /// <summary><c>hello world\n</c> → <c>22596363-b3de-440b-86f9-81fb85d82312</c></summary>
    public static string Of(ReadOnlySpan<byte> content)
    {
#pragma warning disable CA5350 // The name of a blob, not a protection.
        var digits = Convert.ToHexStringLower(SHA1.HashData(content));
#pragma warning restore CA5350
        var next = 0;
        return string.Create(Pattern.Length, digits, (uuid, hash) =>
        {
            for (var i = 0; i < uuid.Length; i++)
            {
                uuid[i] = Pattern[i] switch
                {
                    'x' => hash[next++],
                    'y' => "89ab"[Convert.ToInt32(hash[next++].ToString(), 16) & 3],
                    var fixedCharacter => fixedCharacter,
                };
            }
        });
    }
}
