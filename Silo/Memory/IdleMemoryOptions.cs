namespace ProjectSilo.Silo.Memory;

/// <summary>When memory goes back to the system after work; configuration section <c>IdleMemory</c>.</summary>
internal sealed class IdleMemoryOptions
{
    public const string Section = "IdleMemory";

    /// <summary>How often it is looked whether work has ceased.</summary>
    public TimeSpan CheckInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The daemon is quiet if it has allocated no more than this since the last look.</summary>
    public long QuietBytes { get; set; } = 1024 * 1024;

    /// <summary>Fewer bytes allocated since the last release are not worth one.</summary>
    public long WorthwhileBytes { get; set; } = 32 * 1024 * 1024;

    /// <summary>Whether every value makes sense.</summary>
    public bool IsValid() => CheckInterval > TimeSpan.Zero && QuietBytes >= 0 && WorthwhileBytes > 0;
}
