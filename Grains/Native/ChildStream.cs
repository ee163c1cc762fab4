namespace ProjectSilo.Grains.Native;

/// <summary>What one of a child's standard streams is connected to.</summary>
public sealed class ChildStream
{
    private ChildStream(string? path, int flags)
    {
        Path = path;
        Flags = flags;
    }

    /// <summary>A pipe whose other end is the daemon's.</summary>
    public static ChildStream Pipe { get; } = new(null, 0);

    /// <summary><c>/dev/null</c>.</summary>
    public static ChildStream Null { get; } = new("/dev/null", LibC.O_RDWR);

    /// <summary>The file to open in the child, or null for a pipe.</summary>
    internal string? Path { get; }

    internal int Flags { get; }

    /// <summary>The terminal <paramref name="path"/>, which becomes the controlling one of a child that leads a session.</summary>
    public static ChildStream Terminal(string path) => new(path, LibC.O_RDWR);

    /// <summary>A file for output, made (0666 less umask) or emptied.</summary>
    public static ChildStream File(string path) => new(path, LibC.O_WRONLY | LibC.O_CREAT | LibC.O_TRUNC);
}
