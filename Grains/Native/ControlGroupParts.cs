using ProjectSilo.Grains.Interfaces.Status;

namespace ProjectSilo.Grains.Native;

/// <summary>What a control group counts, as far as its files are there.</summary>
/// <param name="Info">The counts. Those of files that are missing say nothing.</param>
/// <param name="HasMemory">Whether memory is counted.</param>
/// <param name="HasCpu">Whether CPU time is.</param>
/// <param name="HasOomKills">Whether processes are that the kernel ended for lack of memory.</param>
public readonly record struct ControlGroupParts(ControlGroupInfo Info, bool HasMemory, bool HasCpu, bool HasOomKills);
