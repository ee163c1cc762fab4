using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace ProjectSilo.Benchmarks.Servers;

/// <summary>The baseline of start and memory: one answer to every request.</summary>
internal static class HelloServer
{
    public const string Name = "serve-hello";

    /// <inheritdoc cref="BareKestrel.Run"/>
    public static Task<int> Run(string portFile) =>
        BareKestrel.Run(portFile, static _ => { }, static app => app.Run(context => context.Response.WriteAsync("hello")));
}
