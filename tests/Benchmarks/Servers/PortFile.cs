using System.Globalization;

namespace ProjectSilo.Benchmarks.Servers;

/// <summary>How a server tells that it listens, and where.</summary>
internal static class PortFile
{
    /// <summary>Makes the file appear with its content.</summary>
    public static void Write(string path, int port)
    {
        var draft = path + ".new";
        File.WriteAllText(draft, port.ToString(CultureInfo.InvariantCulture));
        File.Move(draft, path, overwrite: true);
    }

    public static int Read(string path) => int.Parse(File.ReadAllText(path), CultureInfo.InvariantCulture);
}
