using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ProjectSilo.Benchmarks.Servers;

/// <summary><c>python/bare_kernel.py</c>: a kernel by jupyter_client and nothing else, in a process of its own. A command is a line, its answer a line of JSON.</summary>
internal sealed class PythonKernel : IDisposable
{
    private static readonly TimeSpan AnswerBound = TimeSpan.FromMinutes(5);

    private readonly Process _process;

    private PythonKernel(Process process) => _process = process;

    public static PythonKernel Start()
    {
        var script = Path.GetFullPath(Path.Join(Path.GetDirectoryName(Published.Script("client.mjs")), "..", "python", "bare_kernel.py"));
        return new PythonKernel(Process.Start(new ProcessStartInfo("/usr/bin/python3", [script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["PYTHONWARNINGS"] = "ignore" },
        })!);
    }

    /// <summary>From the start of a kernel to the result of <c>1+1</c>, in milliseconds.</summary>
    public async Task<double> Spawn() => (await Do("spawn"))!.GetValue<double>();

    /// <summary>The times of <c>1+1</c> in one kernel, in milliseconds.</summary>
    public async Task<double[]> Rounds(int count) => (await Do($"rounds {count}"))!.Deserialize<double[]>()!;

    /// <summary>The time of <c>lines</c> or <c>bytes</c> in it, in milliseconds.</summary>
    public async Task<double> Run(string name) => (await Do($"run {name}"))!.GetValue<double>();

    /// <summary>It ends its kernel when its input ends.</summary>
    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(10)))
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private async Task<JsonNode?> Do(string command)
    {
        await _process.StandardInput.WriteLineAsync(command);
        var line = await _process.StandardOutput.ReadLineAsync().WaitAsync(AnswerBound) ?? throw new InvalidOperationException("bare_kernel.py ended; is python3-jupyter-client installed?");
        return JsonNode.Parse(line);
    }
}
