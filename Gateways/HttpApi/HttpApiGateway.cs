using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Gateways.HttpApi;

/// <summary>
/// The HTTP API for programs inside the project (spec 03). The order of checks is part of the wire: body, rate limit, route, login, endpoint, parameters, file
/// operation.
/// </summary>
public sealed partial class HttpApiGateway
{
    private const string AllowedMethods = "GET, HEAD, POST";

    /// <summary>One caller for all connections: a script must not get another share of the threads by each new connection.</summary>
    private const string Caller = "http";

    private readonly SecretToken _token;
    private readonly HttpApiOptions _options;
    private readonly ApiEndpoints _endpoints;
    private readonly RateLimit _rateLimit;
    private readonly string _keepAlive;
    private readonly TimeProvider _time;
    private readonly ILogger<HttpApiGateway> _logger;

    /// <summary>Bodies that are being read, and those that are just being refused.</summary>
    private int _bodies;

    public HttpApiGateway(
        SecretToken token, IGrainFactory grains, ApiIdentity identity, IOptions<HttpApiOptions> options, TimeProvider time, ILogger<HttpApiGateway> logger)
    {
        _token = token;
        _options = options.Value;
        _endpoints = new ApiEndpoints(grains, identity);
        _rateLimit = new RateLimit(_options.RequestsPerWindow, _options.Window, time);
        _keepAlive = string.Create(CultureInfo.InvariantCulture, $"timeout={Math.Floor(_options.KeepAliveTimeout.TotalSeconds):F0}");
        _time = time;
        _logger = logger;
    }

    /// <summary>Answers a request.</summary>
    public async Task Handle(HttpContext context)
    {
        AddConnectionHeaders(context);
        try
        {
            var answer = await AnswerOrRefuse(context).ConfigureAwait(false);
            await Send(answer, context).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            LogClientGone(exception);
        }
    }

    private async Task<ApiAnswer> AnswerOrRefuse(HttpContext context)
    {
        try
        {
            return await Answer(context).ConfigureAwait(false);
        }
        catch (RequestRefusedException exception)
        {
            if (exception.StatusCode is StatusCodes.Status408RequestTimeout or StatusCodes.Status503ServiceUnavailable)
            {
                // The rest of the body is not waited for.
                context.Response.Headers.Connection = "close";
                context.Response.Headers.KeepAlive = default;
            }

            return ApiAnswer.Error("Error: " + exception.Message, exception.StatusCode);
        }
    }

    private async Task<ApiAnswer> Answer(HttpContext context)
    {
        var request = context.Request;
        var body = await ReadParameters(request).ConfigureAwait(false);
        var limit = _rateLimit.Count();
        AddRateLimitHeaders(context.Response.Headers, limit);
        if (!limit.IsAllowed)
        {
            HttpApiInstruments.RateLimited();
            return ApiAnswer.Text("Too many requests, please try again later.", StatusCodes.Status429TooManyRequests);
        }

        var path = ApiRoute.Path(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        if (ApiRoute.Endpoint(path) is not { } endpoint)
        {
            return NotFound(request.Method, path);
        }

        if (HttpMethods.IsOptions(request.Method))
        {
            context.Response.Headers.Allow = AllowedMethods;
            return ApiAnswer.Text(AllowedMethods);
        }

        if (HttpMethods.IsPost(request.Method))
        {
            return await Call(endpoint, body, context).ConfigureAwait(false);
        }

        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        {
            var query = request.QueryString.Value is { Length: > 0 } text ? text.AsSpan(1) : default;
            // Not bounded: the line that it comes in is.
            UrlEncoded.TryParse(query, int.MaxValue, out var parameters);
            return await Call(endpoint, parameters, context).ConfigureAwait(false);
        }

        return NotFound(request.Method, path);
    }

    private async Task<ApiAnswer> Call(string endpoint, WireValue.Members parameters, HttpContext context)
    {
        // Endpoints that don't exist share a name: clients choose them.
        var method = ApiEndpoints.Knows(endpoint) ? endpoint : "unknown";
        var started = _time.GetTimestamp();
        using var activity = HttpApiInstruments.StartRequest(method);
        var success = false;
        try
        {
            Login(context.Request);
            var answer = await _endpoints.Call(endpoint, parameters, Caller, context.RequestAborted).ConfigureAwait(false);
            success = true;
            return answer;
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !context.RequestAborted.IsCancellationRequested)
        {
            // The edge of a request. What isn't the client's doing belongs in the log, and not on the wire.
            if (!WireErrors.IsExpected(exception))
            {
                LogFailed(exception, method);
            }

            return ApiAnswer.Error(WireErrors.Text(exception));
        }
        finally
        {
            HttpApiInstruments.Answered(method, success, _time.GetElapsedTime(started));
        }
    }

    private void Login(HttpRequest request)
    {
        try
        {
            ApiLogin.Require(request.Headers.Authorization is [{ } authorization, ..] ? authorization : null, _token);
        }
        catch (RequestException)
        {
            LogLoginRefused();
            throw;
        }
    }

    /// <summary>The parameters in the body; none if it is of another type. It is parsed for every request, before anything else is looked at.</summary>
    /// <exception cref="RequestRefusedException">It can't be parsed.</exception>
    private async Task<WireValue.Members> ReadParameters(HttpRequest request)
    {
        var none = new WireValue.Members([]);
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type))
        {
            return none;
        }

        var isJson = type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase);
        if (!isJson && !type.MediaType.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase))
        {
            return none;
        }

        var body = await ReadBody(request).ConfigureAwait(false);
        if (body.IsEmpty)
        {
            return none;
        }

        if (isJson)
        {
            return WireJson.TryParse(body.Span, out var value) && value is WireValue.Members members ? members : throw RequestRefusedException.InvalidJson;
        }

        return UrlEncoded.TryParse(Encoding.UTF8.GetString(body.Span), _options.MaxParameters, out var parameters)
            ? parameters
            : throw RequestRefusedException.TooManyParameters;
    }

    private async Task<ReadOnlyMemory<byte>> ReadBody(HttpRequest request)
    {
        try
        {
            return Interlocked.Increment(ref _bodies) <= _options.MaxBodiesAtOnce
                ? await RequestBody.Read(request, _options, _time).ConfigureAwait(false)
                : throw RequestRefusedException.TooManyAtOnce;
        }
        finally
        {
            Interlocked.Decrement(ref _bodies);
        }
    }

    private static ApiAnswer NotFound(string method, string path) => ApiAnswer.Error($"Error: Cannot {method} {path}", StatusCodes.Status404NotFound);

    private void AddConnectionHeaders(HttpContext context)
    {
        var asksForClose = context.Request.Headers.Connection.ToString().Contains("close", StringComparison.OrdinalIgnoreCase);
        if (HttpProtocol.IsHttp11(context.Request.Protocol) && !asksForClose)
        {
            context.Response.Headers.Connection = "keep-alive";
            context.Response.Headers.KeepAlive = _keepAlive;
        }
    }

    private static void AddRateLimitHeaders(IHeaderDictionary headers, RateLimitState limit)
    {
        headers["X-RateLimit-Limit"] = limit.Limit.ToString(CultureInfo.InvariantCulture);
        headers["X-RateLimit-Remaining"] = limit.Remaining.ToString(CultureInfo.InvariantCulture);
        headers["X-RateLimit-Reset"] = ((limit.Reset.ToUnixTimeMilliseconds() + 999) / 1000).ToString(CultureInfo.InvariantCulture);
        if (!limit.IsAllowed)
        {
            headers.RetryAfter = Math.Ceiling(limit.RetryAfter.TotalSeconds).ToString("F0", CultureInfo.InvariantCulture);
        }
    }

    private static async Task Send(ApiAnswer answer, HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = answer.StatusCode;
        if (answer.ContentType is null)
        {
            response.ContentLength = 0;
            return;
        }

        var isHead = HttpMethods.IsHead(context.Request.Method);
        if (answer.StatusCode == StatusCodes.Status200OK && (isHead || HttpMethods.IsGet(context.Request.Method)))
        {
            var tag = answer.ETag();
            response.Headers.ETag = tag;
            if (IsFresh(context.Request.Headers, tag))
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                return;
            }
        }

        response.ContentType = answer.ContentType;
        response.ContentLength = answer.Body.Length;
        response.Headers.XContentTypeOptions = "nosniff";
        if (!isHead)
        {
            await response.Body.WriteAsync(answer.Body, context.RequestAborted).ConfigureAwait(false);
        }
    }

    /// <summary>Whether the client has this version. Tags are compared weakly.</summary>
    private static bool IsFresh(IHeaderDictionary headers, string tag) =>
        !headers.CacheControl.ToString().Contains("no-cache", StringComparison.OrdinalIgnoreCase)
        && headers.IfNoneMatch.ToString().Split(',', StringSplitOptions.TrimEntries).Any(known => known == "*" || known == tag || "W/" + known == tag);
}
