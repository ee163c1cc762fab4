namespace ProjectSilo.Tests;

/// <summary>A test that mounts file systems or runs as two users: only as root with the right to mount.</summary>
internal sealed class MountFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> Reason = new(WhyNot);

    public MountFactAttribute() => Skip = Reason.Value;

    private static string? WhyNot()
    {
        if (Environment.UserName != "root")
        {
            return "needs root";
        }

        var folder = Directory.CreateTempSubdirectory("projectsilo-mount-").FullName;
        try
        {
            using var mount = System.Diagnostics.Process.Start("sh", ["-c", $"mount -t tmpfs -o size=1m none {folder} && umount {folder}"]);
            mount.WaitForExit();
            return mount.ExitCode == 0 ? null : "this machine does not let us mount file systems";
        }
        finally
        {
            Directory.Delete(folder);
        }
    }
}
