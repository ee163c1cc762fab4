using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ProjectSilo.Benchmarks.Client;

/// <summary>The frames that the benchmarks send.</summary>
internal static class HubRequests
{
    /// <summary>As long as its answer, so that the echo sends and receives the same number of bytes.</summary>
    public static byte[] Ping { get; } = Frame("""{"event":"ping","id":"c74afb40-1c63-4d99-abb6-b236173ad2c5"}""");

    public static byte[] Heartbeat { get; } = Frame("""{"event":"heartbeat"}""");

    public static byte[] True { get; } = Frame(
        """{"event":"project_exec","id":"c74afb40-1c63-4d99-abb6-b236173ad2c5","command":"/bin/true","args":[],"path":"","timeout":60,"bash":false,"err_on_exit":true}""");

    public static byte[] ReadText(string path) => Frame($$"""{"event":"read_text_file_from_project","id":"1","path":"{{path}}"}""");

    public static byte[] WriteText(string path, string content) =>
        Frame($$"""{"event":"write_text_file_to_project","id":"1","path":"{{path}}","content":{{JsonSerializer.Serialize(content)}}}""");

    /// <summary>Answered by two frames, if there is such a file.</summary>
    public static byte[] ReadFile(string path) => Frame($$"""{"event":"read_file_from_project","id":"1","path":"{{path}}"}""");

    /// <summary>Prints <paramref name="bytes"/> letters.</summary>
    public static byte[] Print(int bytes) => Shell($"head -c {bytes.ToString(CultureInfo.InvariantCulture)} /dev/zero | tr '\\\\0' x", TimeSpan.FromMinutes(2));

    /// <summary>Keeps a processor busy until it is killed after <paramref name="time"/>.</summary>
    public static byte[] Burn(TimeSpan time) => Shell("while :; do :; done", time);

    /// <summary>Executes Python in a kernel of its own, while so many are kept ready.</summary>
    public static byte[] JupyterExecute(string input, int spareKernels) => Frame(string.Create(
        CultureInfo.InvariantCulture, $$$"""{"event":"jupyter_execute","id":"1","kernel":"python3","input":{{{JsonSerializer.Serialize(input)}}},"pool":{"size":{{{spareKernels}}}}}"""));

    private static byte[] Shell(string text, TimeSpan timeout) => Frame(string.Create(
        CultureInfo.InvariantCulture, $$"""{"event":"project_exec","id":"1","command":"{{text}}","bash":true,"timeout":{{timeout.TotalSeconds:F0}},"err_on_exit":true}"""));

    private static byte[] Frame(string json)
    {
        var frame = new byte[5 + Encoding.UTF8.GetByteCount(json)];
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - 4);
        frame[4] = (byte)'j';
        Encoding.UTF8.GetBytes(json, frame.AsSpan(5));
        return frame;
    }
}
