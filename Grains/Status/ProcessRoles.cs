using System.Collections.Concurrent;
using ProjectSilo.Grains.Interfaces.Status;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Status;

/// <summary>Which processes are what to the project (spec 14 §2). Who starts one that has a role says so here, for as long as it runs.</summary>
internal sealed class ProcessRoles
{
    private const string SshdName = "sshd:";
    private const string SshdPort = "-p 2222";

    /// <summary>As many as there are terminals, kernels and desktops, each of which is bounded.</summary>
    private readonly ConcurrentDictionary<int, ProcessRole> _roles = new();

    /// <summary>A process has a role, until it is told that it has ended.</summary>
    public void Add(int pid, ProcessRole role) => _roles[pid] = role;

    /// <summary>The process has ended. Its number may be another's already, which is left alone.</summary>
    public void Remove(int pid, ProcessRole role) => _roles.TryRemove(KeyValuePair.Create(pid, role));

    /// <summary>A process has a role until it ends: <c>Own(roles.Keep(process.Pid, ProcessRole.Terminal("a.term"), process.Ended))</c>.</summary>
    /// <param name="pid">Its number.</param>
    /// <param name="role">Its role.</param>
    /// <param name="ended">Completes when the process has ended. Its failure is the caller's to tell.</param>
    public async Task Keep(int pid, ProcessRole role, Task ended)
    {
        Add(pid, role);
        await ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Remove(pid, role);
    }

    /// <summary>The role of a process; null for most.</summary>
    public ProcessRole? Of(ProcessEntry process) =>
        process.Pid == Environment.ProcessId ? ProcessRole.Project
        : _roles.GetValueOrDefault(process.Pid) is { } role ? role
        : process.CommandLine is [var only] && only.StartsWith(SshdName, StringComparison.Ordinal) && only.Contains(SshdPort, StringComparison.Ordinal) ? ProcessRole.Sshd
        : null;
}
