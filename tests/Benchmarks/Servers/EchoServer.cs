using Microsoft.AspNetCore.Connections;

namespace ProjectSilo.Benchmarks.Servers;

/// <summary>The baseline of the hub's wire: a connection that sends back what comes.</summary>
internal static class EchoServer
{
    public const string Name = "serve-echo";

    /// <inheritdoc cref="BareKestrel.Run"/>
    public static Task<int> Run(string portFile) => BareKestrel.Run(portFile, static endpoint => endpoint.Run(Echo), static _ => { });

    private static async Task Echo(ConnectionContext connection)
    {
        var (input, output) = (connection.Transport.Input, connection.Transport.Output);
        while (true)
        {
            var read = await input.ReadAsync();
            foreach (var segment in read.Buffer)
            {
                await output.WriteAsync(segment);
            }

            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }
}
