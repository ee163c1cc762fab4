using Microsoft.AspNetCore.Builder;

namespace ProjectSilo.Benchmarks.Servers;

/// <summary>The baseline of reading a file over HTTP: an endpoint that reads the file it is asked for, in its folder, and does nothing else.</summary>
internal static class ReadFileServer
{
    public const string Name = "serve-file";

    /// <inheritdoc cref="BareKestrel.Run"/>
    public static Task<int> Run(string portFile) => BareKestrel.Run(portFile, static _ => { }, static app => app.Run(async context =>
    {
        var content = await File.ReadAllBytesAsync(context.Request.Query["path"].ToString());
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.ContentLength = content.Length;
        await context.Response.Body.WriteAsync(content);
    }));
}
