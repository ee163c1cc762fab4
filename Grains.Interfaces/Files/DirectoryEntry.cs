namespace ProjectSilo.Grains.Interfaces.Files;

/// <summary>
/// One entry of a listing (spec 09 §4). Wires leave out what is null or false:
/// <c>{"name":"lnd","issymlink":true,"link_target":"d","mtime":1795328205.168,"isdir":true,"size":1}</c>.
/// </summary>
/// <param name="Name">With U+FFFD for bytes that are not UTF-8.</param>
[GenerateSerializer, Immutable, Alias("ProjectSilo.DirectoryEntry")]
public sealed record DirectoryEntry([property: Id(0)] string Name)
{
    /// <summary><c>mtime</c>: when it was changed, in seconds since 1970, with whole milliseconds.</summary>
    [Id(1)]
    public double? ModifiedSeconds { get; init; }

    /// <summary><c>size</c>: bytes; of a folder the number of entries. Null for a folder whose entries were too many to count.</summary>
    [Id(2)]
    public long? Size { get; init; }

    /// <summary><c>isdir</c>: a folder, or a link to one.</summary>
    [Id(3)]
    public bool IsFolder { get; init; }

    /// <summary><c>issymlink</c>.</summary>
    [Id(4)]
    public bool IsLink { get; init; }

    /// <summary><c>link_target</c>: the raw text of a link.</summary>
    [Id(5)]
    public string? LinkTarget { get; init; }

    /// <summary><c>error</c>: why it could not be examined, as clients see it: <c>Error: EACCES: permission denied, scandir '/home/user/x'</c>.</summary>
    [Id(6)]
    public string? Error { get; init; }
}
