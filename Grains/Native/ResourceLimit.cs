namespace ProjectSilo.Grains.Native;

/// <summary><c>struct rlimit</c> of 64-bit systems.</summary>
/// <param name="current">The limit in force; <see cref="ulong.MaxValue"/>: none.</param>
/// <param name="maximum">How far the process may raise it.</param>
internal readonly struct ResourceLimit(ulong current, ulong maximum)
{
    /// <summary>The limit in force; <see cref="ulong.MaxValue"/>: none.</summary>
    public readonly ulong Current = current;

    /// <summary>How far the process may raise it.</summary>
    public readonly ulong Maximum = maximum;
}
