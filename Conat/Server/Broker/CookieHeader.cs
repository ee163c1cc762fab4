namespace ProjectSilo.Conat.Server.Broker;

/// <summary>
/// The header <c>Cookie</c>: split at <c>;</c>, quotes around a value removed, values percent-decoded, the first of a name counts. Names are literal: that of a
/// base path is <c>%2Fbaseproject_id</c>.
/// </summary>
internal sealed class CookieHeader
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public CookieHeader(string header)
    {
        foreach (var part in header.AsSpan().Split(';'))
        {
            var cookie = header.AsSpan()[part];
            var equals = cookie.IndexOf('=');
            if (equals >= 0)
            {
                var value = cookie[(equals + 1)..].Trim();
                value = value is ['"', .. var quoted, '"'] ? quoted : value;
                _values.TryAdd(cookie[..equals].Trim().ToString(), Uri.UnescapeDataString(value));
            }
        }
    }

    /// <summary>The value; null if there is no such cookie.</summary>
    public string? this[string name] => _values.GetValueOrDefault(name);
}
