using System.Globalization;
using System.Text;

namespace ProjectSilo.Grains.Native;

/// <summary>
/// The share of the processors that a session of processes gets beside the other sessions of the machine: the kernel groups by session (sched(7), "autogroup"), so
/// that ten busy commands, each a session, would have ten times the daemon's share. Processes in a control group of their own, as in a container with a limit, are
/// not grouped so; there this changes nothing. <c>nice</c>, <c>ps</c> and the processes themselves never see it.
/// </summary>
internal static class SessionWeight
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>The kernel takes one change in 100 ms from those who are not root, so 200 commands at once need 20 s.</summary>
    private const int MaxAttempts = 600;

    /// <summary>Lowers the weight of a child's session while it lives.</summary>
    /// <param name="child">The leader of the session.</param>
    /// <param name="nice">1 to 19: 10 is a ninth of the usual share, 19 a seventieth.</param>
    /// <param name="atOnce">False: after 100 ms, which a short command does not live to see.</param>
    /// <param name="time">The clock.</param>
    public static async Task Lower(ChildProcess child, int nice, bool atOnce, TimeProvider time)
    {
        if (!atOnce)
        {
            await Task.Delay(Pause, time).ConfigureAwait(false);
        }

        var file = string.Create(CultureInfo.InvariantCulture, $"/proc/{child.Pid}/autogroup");
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (child.Exited.IsCompleted || TrySet(file, nice))
            {
                return;
            }

            await Task.Delay(Pause, time).ConfigureAwait(false);
        }
    }

    /// <returns>False if it should be tried again.</returns>
    private static bool TrySet(string file, int nice)
    {
        const int EAGAIN = 11;
        try
        {
            using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            RandomAccess.Write(handle, Encoding.ASCII.GetBytes(nice.ToString(CultureInfo.InvariantCulture)), 0);
            return true;
        }
        catch (IOException exception) when (exception.HResult == EAGAIN)
        {
            return false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The process has ended, is another user's, or the kernel does not group by session.
            return true;
        }
    }
}
