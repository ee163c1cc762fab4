using System.Globalization;
using System.Text;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Project;

/// <summary>
/// The files of one named server (spec 09 §10): <c>port</c>, <c>pid</c>, <c>command.sh</c>, <c>stdout</c>, <c>stderr</c>; and <c>started</c>, by which a server is
/// found again after a restart of the daemon and a reused pid is not taken for it. All members block.
/// </summary>
internal sealed class NamedServerState(string folder)
{
    /// <summary>Of a file with a number; others may put anything there.</summary>
    private const int MaxBytes = 4096;

    public string Stdout => Path.Join(folder, "stdout");

    public string Stderr => Path.Join(folder, "stderr");

    /// <summary>The port of the server if it is running.</summary>
    public int? RunningPort() =>
        TryReadNumber("pid") is { } pid && ProcessIdentity.TryRead(pid) is { } identity && identity == TryRead("started") ? TryReadNumber("port") : null;

    /// <summary>Before the start.</summary>
    public void WriteLaunch(int port, string command)
    {
        Directory.CreateDirectory(folder);
        File.Delete(Path.Join(folder, "pid"));
        Write("port", port.ToString(CultureInfo.InvariantCulture));
        Write("command.sh", $"#!/bin/sh\n{command}\n");
    }

    /// <summary>After the start.</summary>
    public void WriteStarted(int pid)
    {
        // One that has ended by now is not running, whatever is written.
        Write("started", ProcessIdentity.TryRead(pid) ?? "");
        Write("pid", pid.ToString(CultureInfo.InvariantCulture));
    }

    private int? TryReadNumber(string name) =>
        int.TryParse(TryRead(name), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : null;

    private string? TryRead(string name)
    {
        try
        {
            var path = Path.Join(folder, name);
            return Encoding.UTF8.GetString(RegularFile.Read(path, path, "open", MaxBytes).Span);
        }
        catch (Exception exception) when (exception is PosixException or RequestException)
        {
            return null;
        }
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Join(folder, name), text);
}
