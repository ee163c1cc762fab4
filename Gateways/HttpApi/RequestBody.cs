using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ProjectSilo.Gateways.HttpApi;

/// <summary>Reads a whole body, within the bounds of the options.</summary>
internal static class RequestBody
{
    private const int BytesPerRead = 16 * 1024;

    /// <summary>The bytes as they were sent.</summary>
    /// <exception cref="RequestRefusedException">413: too long. 408: it came too slowly. 415: it is compressed.</exception>
    public static async Task<ReadOnlyMemory<byte>> Read(HttpRequest request, HttpApiOptions options, TimeProvider time)
    {
        if (request.ContentLength > options.MaxBodyBytes)
        {
            throw RequestRefusedException.TooLarge;
        }

        if (request.Headers.ContentEncoding is { Count: > 0 } encoding && !encoding.ToString().Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            throw RequestRefusedException.UnsupportedEncoding;
        }

        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } serversOwn)
        {
            // The bound is that of the options: the server's would refuse sooner, in its own way, and counts the marks between chunks.
            serversOwn.MaxRequestBodySize = null;
        }

        using var timeout = new CancellationTokenSource(options.BodyTimeout, time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, request.HttpContext.RequestAborted);
        var body = new ArrayBufferWriter<byte>();
        try
        {
            while (true)
            {
                var count = await request.Body.ReadAsync(body.GetMemory(BytesPerRead), ended.Token).ConfigureAwait(false);
                if (count == 0)
                {
                    return body.WrittenMemory;
                }

                body.Advance(count);
                if (body.WrittenCount > options.MaxBodyBytes)
                {
                    throw RequestRefusedException.TooLarge;
                }
            }
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            throw RequestRefusedException.TooSlow;
        }
        catch (BadHttpRequestException exception)
        {
            throw exception.StatusCode == StatusCodes.Status408RequestTimeout ? RequestRefusedException.TooSlow : RequestRefusedException.Malformed;
        }
    }
}
