using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;

namespace ProjectSilo.Gateways.HttpApi;

/// <summary>The endpoints and their parameters (spec 03 §1, §3).</summary>
internal sealed class ApiEndpoints(IGrainFactory grains, ApiIdentity identity)
{
    /// <summary>Whether there is such an endpoint, exactly so written.</summary>
    public static bool Knows(string endpoint) => endpoint is "read-text-file" or "write-text-file";

    /// <summary>Does it.</summary>
    /// <exception cref="RequestException">There is no such endpoint, or a parameter is wrong.</exception>
    public async Task<ApiAnswer> Call(string endpoint, WireValue.Members parameters, string caller, CancellationToken cancellationToken)
    {
        var files = grains.GetGrain<IFilesGrain>(GrainKey.Of(identity.ComputeServerId));
        switch (endpoint)
        {
            case "read-text-file":
                return ApiAnswer.Text(await files.ReadText(RequirePath(parameters), caller).ConfigureAwait(false));
            case "write-text-file":
                await files.WriteTextWithoutParents(RequirePath(parameters), RequireContent(parameters), caller, cancellationToken).ConfigureAwait(false);
                return ApiAnswer.Empty;
            default:
                throw new RequestException($"unknown endpoint - \"{endpoint}\"");
        }
    }

    private static string RequirePath(WireValue.Members parameters)
    {
        if (parameters["path"] is not WireValue.Text { Value: var path })
        {
            var shown = IsNull(parameters, "path") ? "null" : parameters["path"].Show();
            throw new RequestException($"provide the path as a string -- got path=\"{shown}\"");
        }

        return path.Contains('\0', StringComparison.Ordinal) ? throw new RequestException("path must not contain null bytes") : path;
    }

    private static Utf8Text RequireContent(WireValue.Members parameters) =>
        parameters["content"] is WireValue.Text content
            ? new Utf8Text { Pieces = content.ToUtf8() }
            : throw new RequestException($"provide the content as a string -- got content of type {TypeOfContent(parameters)}");

    /// <summary>JavaScript's <c>typeof</c>.</summary>
    private static string TypeOfContent(WireValue.Members parameters) => parameters["content"] switch
    {
        WireValue.Number => "number",
        WireValue.Bool => "boolean",
        WireValue.Nothing when !IsNull(parameters, "content") => "undefined",
        _ => "object",
    };

    /// <summary>Whether the member is there and <c>null</c>; an absent one is <c>undefined</c>.</summary>
    private static bool IsNull(WireValue.Members parameters, string name) => parameters[name] is WireValue.Nothing && parameters.Has(name);
}
