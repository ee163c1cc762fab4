namespace ProjectSilo.Grains.Native;

/// <summary>Threads that do little and wait long.</summary>
internal static class SmallThread
{
    private const int StackBytes = 256 * 1024;

    /// <exception cref="OutOfMemoryException">The system gives none: what .NET says then.</exception>
    public static void Start(string name, ThreadStart work) => new Thread(work, StackBytes) { IsBackground = true, Name = name }.Start();
}
