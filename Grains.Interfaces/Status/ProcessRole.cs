namespace ProjectSilo.Grains.Interfaces.Status;

/// <summary>What a process is to the project (spec 14 §2), e.g. <c>{"type":"terminal","path":"a.term"}</c>.</summary>
/// <param name="Type"><c>project terminal x11 sshd jupyter</c>.</param>
/// <param name="Path">The document that it belongs to, if it has one.</param>
[GenerateSerializer, Immutable, Alias("ProjectSilo.ProcessRole")]
public sealed record ProcessRole([property: Id(0)] string Type, [property: Id(1)] string? Path = null)
{
    /// <summary>The daemon itself.</summary>
    public static ProcessRole Project { get; } = new("project");

    /// <summary>A connection to the project's SSH server.</summary>
    public static ProcessRole Sshd { get; } = new("sshd");

    /// <summary>A terminal's shell. <paramref name="path"/> is the primary file, e.g. <c>a.term</c>.</summary>
    public static ProcessRole Terminal(string path) => new("terminal", path);

    /// <summary>A notebook's kernel.</summary>
    public static ProcessRole Jupyter(string path) => new("jupyter", path);

    /// <summary>A graphical desktop's server.</summary>
    public static ProcessRole X11(string path) => new("x11", path);
}
