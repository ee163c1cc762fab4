using System.Diagnostics;
using System.Globalization;
using ProjectSilo.Benchmarks.Client;

namespace ProjectSilo.Benchmarks.Servers;

/// <summary>The baseline of calls over Conat: node's Socket.IO server, which acknowledges what it gets (<c>node/bare-server.mjs</c>).</summary>
internal sealed class BareSocketIo : IDisposable
{
    private readonly Process _process;

    private BareSocketIo(Process process, int port)
    {
        _process = process;
        Url = $"http://127.0.0.1:{port}";
    }

    public string Url { get; }

    public static async Task<BareSocketIo> Start()
    {
        var process = NodeClient.Start(await NodeClient.Folder(), "bare-server.mjs");
        var line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The bare Socket.IO server did not start.");
        return new BareSocketIo(process, int.Parse(line, CultureInfo.InvariantCulture));
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
