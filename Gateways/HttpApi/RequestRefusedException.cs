using Microsoft.AspNetCore.Http;

namespace ProjectSilo.Gateways.HttpApi;

/// <summary>A request whose body can't be taken: answered with <see cref="StatusCode"/>, and not counted by the rate limit (spec 03 §4).</summary>
internal sealed class RequestRefusedException : Exception
{
    private RequestRefusedException(int statusCode, string message)
        : base(message) => StatusCode = statusCode;

    public static RequestRefusedException InvalidJson => new(StatusCodes.Status400BadRequest, "invalid JSON body");

    public static RequestRefusedException Malformed => new(StatusCodes.Status400BadRequest, "invalid request body");

    public static RequestRefusedException TooLarge => new(StatusCodes.Status413PayloadTooLarge, "request entity too large");

    public static RequestRefusedException TooManyParameters => new(StatusCodes.Status413PayloadTooLarge, "too many parameters");

    public static RequestRefusedException TooSlow => new(StatusCodes.Status408RequestTimeout, "request timeout");

    public static RequestRefusedException TooManyAtOnce => new(StatusCodes.Status503ServiceUnavailable, "too many requests at once, try again later");

    public static RequestRefusedException UnsupportedEncoding => new(StatusCodes.Status415UnsupportedMediaType, "unsupported content encoding");

    public int StatusCode { get; }
}
