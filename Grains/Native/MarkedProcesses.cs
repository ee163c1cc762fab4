namespace ProjectSilo.Grains.Native;

/// <summary>
/// The processes that a program has started, wherever they have gone: a daemon has left its group, its session and its parent, but has the environment that it began with. What also cleans its
/// environment is found while its parent lives.
/// </summary>
internal static class MarkedProcesses
{
    /// <summary>Enough for what goes on starting others while it is being ended.</summary>
    private const int MaxRounds = 50;

    private static readonly ProcessScanOptions AllProcesses = new() { MaxProcesses = int.MaxValue, ScanTimeout = TimeSpan.FromMinutes(1) };

    /// <summary>Kills them, and all that descends from them, until none is left. Blocks for a millisecond a hundred processes of the machine.</summary>
    /// <param name="variable">Environment variable with value, <c>NAME=value</c>, that the program was given and no other has.</param>
    /// <param name="session">The session of which all are meant; 0 for none.</param>
    /// <param name="time">The clock.</param>
    public static void Kill(ReadOnlySpan<byte> variable, int session, TimeProvider time)
    {
        var killed = new HashSet<int>();
        for (var round = 0; round < MaxRounds; round++)
        {
            var table = ProcessTable.Read(ProcessScanner.Proc, AllProcesses, withDetails: false, time);
            var before = killed.Count;
            foreach (var pid in table.Processes.Select(process => process.Pid))
            {
                if ((session != 0 && LibC.getsid(pid) == session) || IsMarked(pid, variable))
                {
                    foreach (var descendant in table.Tree(pid).Select(process => process.Pid))
                    {
                        if (descendant != Environment.ProcessId && killed.Add(descendant))
                        {
                            _ = LibC.kill(descendant, LibC.SIGKILL);
                        }
                    }
                }
            }

            if (killed.Count == before)
            {
                return;
            }
        }
    }

    private static bool IsMarked(int pid, ReadOnlySpan<byte> variable)
    {
        ReadOnlySpan<byte> environment;
        try
        {
            environment = File.ReadAllBytes($"/proc/{pid}/environ");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Ended, or another user's.
            return false;
        }

        while (!environment.IsEmpty)
        {
            var end = environment.IndexOf((byte)0);
            if (environment[..(end < 0 ? environment.Length : end)].SequenceEqual(variable))
            {
                return true;
            }

            environment = end < 0 ? [] : environment[(end + 1)..];
        }

        return false;
    }
}
