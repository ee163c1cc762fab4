using System.Security.Cryptography;
using System.Text;
using ProjectSilo.Conat.Core;

namespace ProjectSilo.Conat.Transports.SocketIo;

/// <summary>The HTTP that opens a WebSocket (RFC 6455 §4), as texts; no extension and no subprotocol is asked for (spec 05 §1.2).</summary>
internal static class WebSocketHandshake
{
    /// <summary>The end of a head.</summary>
    public const string HeadEnd = "\r\n\r\n";

    private const string AcceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /// <summary>A key for one handshake: 16 bytes that differ each time, in base64.</summary>
    public static string NewKey() => Convert.ToBase64String(Guid.NewGuid().ToByteArray());

    /// <summary>
    /// The request, with its end.
    /// <code>
    /// GET /base/conat/?EIO=4&amp;transport=websocket HTTP/1.1
    /// Host: host:5000
    /// Upgrade: websocket
    /// Connection: Upgrade
    /// Sec-WebSocket-Version: 13
    /// Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
    /// Cookie: project_secret=T; project_id=I
    /// </code>
    /// </summary>
    /// <exception cref="ConatException">The cookie has a control character.</exception>
    public static string Request(Uri address, string key, string? cookie)
    {
        if (cookie is not null && cookie.Any(char.IsControl))
        {
            throw new ConatException("the cookie to sign in with has a control character");
        }

        var host = address.IsDefaultPort ? address.IdnHost : $"{address.IdnHost}:{address.Port}";
        var head = new StringBuilder()
            .Append("GET ").Append(address.PathAndQuery).Append(" HTTP/1.1\r\n")
            .Append("Host: ").Append(address.HostNameType == UriHostNameType.IPv6 ? address.Authority : host).Append("\r\n")
            .Append("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n")
            .Append("Sec-WebSocket-Key: ").Append(key);
        if (cookie is not null)
        {
            head.Append("\r\nCookie: ").Append(cookie);
        }

        return head.Append(HeadEnd).ToString();
    }

    /// <summary>Checks the head of the answer.</summary>
    /// <returns>Why it opens no WebSocket; null if it does.</returns>
    public static string? Refusal(string head, string key)
    {
        var lines = head.Split("\r\n");
        var status = lines[0].Split(' ', 3);
        if (status.Length < 2 || !status[0].StartsWith("HTTP/1.", StringComparison.Ordinal))
        {
            return "the server's answer is no HTTP";
        }

        if (status[1] != "101")
        {
            return $"the server answered {lines[0][(status[0].Length + 1)..]}";
        }

        string? upgrade = null, connection = null, accept = null;
        foreach (var line in lines.AsSpan(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
            {
                continue;
            }

            var value = line[(colon + 1)..].Trim();
            switch (line[..colon].ToUpperInvariant())
            {
                case "UPGRADE":
                    upgrade = value;
                    break;
                case "CONNECTION":
                    connection = value;
                    break;
                case "SEC-WEBSOCKET-ACCEPT":
                    accept = value;
                    break;
                case "SEC-WEBSOCKET-EXTENSIONS" or "SEC-WEBSOCKET-PROTOCOL" when value.Length > 0:
                    return "the server chose an extension or a subprotocol that was not offered";
            }
        }

        return !"websocket".Equals(upgrade, StringComparison.OrdinalIgnoreCase) || connection?.Contains("upgrade", StringComparison.OrdinalIgnoreCase) != true
            ? "the server did not upgrade to a WebSocket"
            : accept != Accept(key) ? "the server's answer belongs to another handshake" : null;
    }

    private static string Accept(string key)
    {
#pragma warning disable CA5350 // SHA-1 is what the protocol says; it protects nothing.
        return Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + AcceptSuffix)));
#pragma warning restore CA5350
    }
}
