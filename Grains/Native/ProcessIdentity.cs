using System.Text;

namespace ProjectSilo.Grains.Native;

/// <summary>Tells a process from a later one with the same pid: by when it started, and in which run of the machine.</summary>
internal static class ProcessIdentity
{
    private const string BootIdFile = "/proc/sys/kernel/random/boot_id";

    /// <summary>Index of the start time in <c>/proc/{pid}/stat</c> after the name, whose field is the second: state(3) … starttime(22).</summary>
    private const int StartTimeAfterName = 22 - 3;

    /// <summary>
    /// E.g. <c>0f4cd1b6-8d5f-4b0c-a1c4-0f9d1c6c3a51 4711</c>: the boot id and the start in clock ticks after it. Null if there is no such process, or it has ended and
    /// only waits to be reaped.
    /// </summary>
    public static string? TryRead(int pid)
    {
        try
        {
            var stat = Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{pid}/stat"));
            var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return fields[0] is "Z" or "X" ? null : $"{File.ReadAllText(BootIdFile).Trim()} {fields[StartTimeAfterName]}";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
