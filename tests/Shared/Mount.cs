namespace ProjectSilo.Tests;

/// <summary>A mounted file system, unmounted at the end of the test.</summary>
internal sealed class Mount : IAsyncDisposable
{
    private readonly string _path;

    private Mount(string path) => _path = path;

    /// <summary>An empty one in memory, of <paramref name="size"/>, e.g. <c>1m</c>.</summary>
    public static async Task<Mount> Tmpfs(string path, string size)
    {
        Directory.CreateDirectory(path);
        await Shell($"mount -t tmpfs -o size={size} none '{path}'");
        return new Mount(path);
    }

    /// <summary>A file or folder, seen at another place too.</summary>
    public static async Task<Mount> Bind(string source, string path, bool readOnly = false)
    {
        await Shell($"mount --bind '{source}' '{path}'" + (readOnly ? $" && mount -o remount,ro,bind '{path}'" : ""));
        return new Mount(path);
    }

    /// <summary>Lazily: a child that is just being started by another test may have a file of it open.</summary>
    public async ValueTask DisposeAsync() => await Shell($"umount -l '{_path}'");

    private static async Task Shell(string command)
    {
        using var shell = System.Diagnostics.Process.Start("sh", ["-c", command]);
        await shell.WaitForExitAsync().Within();
        Assert.Equal(0, shell.ExitCode);
    }
}
