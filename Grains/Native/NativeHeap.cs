namespace ProjectSilo.Grains.Native;

/// <summary>
/// The C library's heap, where the runtime keeps what it needs to compile and to load code. glibc gives each thread an arena of its own and keeps what is freed there;
/// a daemon compiles on many threads while it starts, and rarely again.
/// </summary>
public static class NativeHeap
{
    /// <summary>Lets all threads that have none yet share the main arena. Call it first: threads keep what they have.</summary>
    public static void ShareOneArena()
    {
        try
        {
            _ = LibC.mallopt(LibC.MallocArenaMax, 1);
        }
        catch (EntryPointNotFoundException)
        {
            // Other C libraries than glibc have no arenas.
        }
    }

    /// <summary>Gives what is free in all arenas back to the system.</summary>
    public static void Trim()
    {
        try
        {
            _ = LibC.malloc_trim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Other C libraries give it back by themselves.
        }
    }
}
