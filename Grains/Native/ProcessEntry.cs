using System.Collections.Immutable;
using ProjectSilo.Grains.Interfaces.Status;

namespace ProjectSilo.Grains.Native;

/// <summary>A process of a <see cref="ProcessTable"/>.</summary>
/// <param name="Pid">Its number.</param>
/// <param name="Stat">What the kernel counts.</param>
/// <param name="Executable">The file of its program; null if it is not to be seen, as that of a kernel thread or another user, or was not looked for.</param>
/// <param name="CommandLine">Its arguments that are not empty.</param>
internal readonly record struct ProcessEntry(int Pid, ProcessStat Stat, string? Executable, ImmutableArray<string> CommandLine);
