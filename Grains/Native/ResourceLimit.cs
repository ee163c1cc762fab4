namespace ProjectSilo.Grains.Native;

/// <summary><c>struct rlimit</c> of 64-bit systems.</summary>
internal readonly struct ResourceLimit
{
    /// <summary>The limit in force; <see cref="ulong.MaxValue"/>: none.</summary>
    public readonly ulong Current;

    /// <summary>How far the process may raise it.</summary>
    public readonly ulong Maximum;
}
