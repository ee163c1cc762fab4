using System.Text;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Gateways.HttpApi;

/// <summary>The login of every request (spec 03 §2). What was sent is never echoed, and neither is the token.</summary>
internal static class ApiLogin
{
    /// <summary>The longest name of a scheme that is echoed. Longer ones may be a token that was sent without a scheme: tokens have at least 16 characters.</summary>
    private const int MaxSchemeLength = 15;

    /// <summary>Checks the header <c>Authorization</c>: <c>Bearer token</c>, or <c>Basic</c> with the token as user name.</summary>
    /// <exception cref="RequestException">It doesn't log in.</exception>
    public static void Require(string? authorization, SecretToken token)
    {
        if (string.IsNullOrEmpty(authorization))
        {
            throw new RequestException("you MUST authenticate all requests");
        }

        var words = authorization.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var scheme = words.Length > 0 ? words[0] : "";
        var sent = scheme switch
        {
            "Bearer" => Encoding.UTF8.GetBytes(words.ElementAtOrDefault(1) ?? ""),
            "Basic" => UserName(words.ElementAtOrDefault(1) ?? ""),
            _ => throw new RequestException($"unknown authorization type '{(scheme.Length <= MaxSchemeLength ? scheme : "...")}'"),
        };
        if (!token.Is(sent))
        {
            throw new RequestException("incorrect secret token");
        }
    }

    /// <summary>The decoded bytes up to the first colon; none if it is not base64.</summary>
    private static ReadOnlySpan<byte> UserName(string base64)
    {
        var decoded = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, decoded, out var length))
        {
            return [];
        }

        var colon = decoded.AsSpan(0, length).IndexOf((byte)':');
        return decoded.AsSpan(0, colon < 0 ? length : colon);
    }
}
