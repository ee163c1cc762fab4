using System.Runtime.InteropServices;

namespace ProjectSilo.Conat.Server.Persist.Storage;

/// <summary>
/// What SQLite has freed goes back to the system when the last file is closed, and now and then before: the C library keeps it for each thread that ever had some, and a service that
/// has had hundreds of files open for a moment would stay as large as they were.
/// </summary>
internal static partial class NativeHeap
{
    /// <summary>A trim takes a millisecond or so: not after each of many.</summary>
    private const int ClosingsPerTrim = 64;

    private static int _open;
    private static int _closings;

    /// <summary>A file is open.</summary>
    public static void Opened() => Interlocked.Increment(ref _open);

    /// <summary>A file is closed.</summary>
    public static void Closed()
    {
        var open = Interlocked.Decrement(ref _open);
        if (open == 0 || Interlocked.Increment(ref _closings) % ClosingsPerTrim == 0)
        {
            Trim();
        }
    }

    private static void Trim()
    {
        try
        {
            _ = MallocTrim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Not the GNU C library.
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint pad);
}
