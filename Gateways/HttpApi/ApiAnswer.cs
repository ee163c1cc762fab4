using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Gateways.HttpApi;

/// <summary>An answer (spec 03 §3).</summary>
/// <param name="StatusCode">HTTP status.</param>
/// <param name="ContentType">Null: no body.</param>
/// <param name="Body">UTF-8.</param>
internal sealed record ApiAnswer(int StatusCode, string? ContentType, ReadOnlyMemory<byte> Body)
{
    private const int ETagHashCharacters = 27;

    /// <summary>200 with nothing.</summary>
    public static ApiAnswer Empty { get; } = new(StatusCodes.Status200OK, null, default);

    /// <summary>A text; never as HTML, since it can be the content of any file.</summary>
    public static ApiAnswer Text(string text, int statusCode = StatusCodes.Status200OK) => Text(Encoding.UTF8.GetBytes(text), statusCode);

    /// <inheritdoc cref="Text(string, int)"/>
    public static ApiAnswer Text(ReadOnlyMemory<byte> utf8, int statusCode = StatusCodes.Status200OK) => new(statusCode, "text/plain; charset=utf-8", utf8);

    /// <summary><c>{"error":"Error: unknown endpoint - \"foo\""}</c>.</summary>
    /// <param name="text">With the prefix <c>Error: </c>.</param>
    public static ApiAnswer Error(string text, int statusCode = StatusCodes.Status400BadRequest) => new(
        statusCode,
        "application/json; charset=utf-8",
        Encoding.UTF8.GetBytes(WireJson.ToText(new WireObject { ["error"] = text }.Build())));

    /// <summary>E.g. <c>W/"7-/0GkUtY9gwKSp/Oe7nQQpFkp9dE"</c>: the length in hexadecimal, and a hash that is no secret.</summary>
    public string ETag()
    {
#pragma warning disable CA5350 // Tells versions of an answer apart, as the reference does; protects nothing.
        var hash = SHA1.HashData(Body.Span);
#pragma warning restore CA5350
        return $"W/\"{Body.Length:x}-{Convert.ToBase64String(hash)[..ETagHashCharacters]}\"";
    }
}
