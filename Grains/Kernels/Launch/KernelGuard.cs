using System.Globalization;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Kernels.Launch;

/// <summary>
/// Sees to it that no kernel outlives the daemon, should that be killed: a process that waits for the end of a pipe whose other end is the daemon's alone, and then kills what has the mark of its
/// kernels. One for all kernels, started with the first. A parent-death signal would not do: it comes when the <i>thread</i> ends that has started the child, and reaches no grandchildren.
/// </summary>
internal sealed class KernelGuard
{
    /// <summary>The variable that marks all that kernels start.</summary>
    public const string Variable = "PROJECTSILO_KERNEL";

    /// <summary>It reads nothing, as nothing is sent; the group that it is in has no other. The last test is for what was being started meanwhile.</summary>
    private const string Script =
        """
        while read -r _; do :; done
        for round in 1 2 3 4 5 6 7 8 9 10; do
            found=
            for file in $(grep -lz "^$1" /proc/[0-9]*/environ 2>/dev/null); do
                file=${file#/proc/}
                kill -KILL "${file%/environ}" 2>/dev/null && found=1
            done
            [ "$found" ] || exit 0
        done
        """;

    private readonly string _daemon = SecureRandom.Hex(16);

    /// <summary>Guards what follows.</summary>
    private readonly Lock _lock = new();
    private ChildProcess? _process;
    private int _last;

    /// <summary>The mark of one more kernel. Blocks where the guard must be started first.</summary>
    /// <exception cref="PosixException">The guard can't be started.</exception>
    public KeyValuePair<string, string> NextMarker()
    {
        lock (_lock)
        {
            if (_process is null or { Exited.IsCompleted: true })
            {
                _process?.Dispose();
                _process = ChildProcess.Start(new SpawnOptions
                {
                    Program = "/bin/sh",
                    Arguments = ["-c", Script, "kernel-guard", $"{Variable}={_daemon}-"],
                    WorkingDirectory = "/",
                    Environment = new Dictionary<string, string> { ["PATH"] = "/usr/local/bin:/usr/bin:/bin" },
                    StandardOutput = ChildStream.Null,
                    StandardError = ChildStream.Null,
                });
            }

            return new KeyValuePair<string, string>(Variable, string.Create(CultureInfo.InvariantCulture, $"{_daemon}-{++_last}"));
        }
    }

    /// <summary>Ends it: there are no kernels any more.</summary>
    public async Task End()
    {
        ChildProcess? process;
        lock (_lock)
        {
            process = _process;
            _process = null;
        }

        if (process is not null)
        {
            process.KillGroup(LibC.SIGKILL);
            await process.Exited.ConfigureAwait(false);
            process.Dispose();
        }
    }
}
