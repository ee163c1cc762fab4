using System.Collections.Immutable;
using Orleans.Concurrency;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Interfaces.Files;

/// <summary>
/// The files of one compute server (spec 09 §4 to §7, spec 02 §6). Key: <see cref="GrainKey.Of(int)"/>. Relative paths mean HOME; absolute ones and
/// <c>..</c> are allowed everywhere. <c>caller</c> is who asks, e.g. <c>hub:3</c>: the unit of fairness. A path with a null byte is a
/// <see cref="RequestException"/> of every method.
/// </summary>
[Alias("ProjectSilo.IFilesGrain")]
public interface IFilesGrain : IGrainWithStringKey
{
    /// <summary>The entries of a folder, in the operating system's order (spec 09 §4). Equal calls at the same time share one scan.</summary>
    /// <exception cref="PosixException"><c>opendir</c> failed, e.g. <c>ENOENT</c> or <c>ENOTDIR</c>; what fails for an entry is in the entry.</exception>
    /// <exception cref="RequestException">The folder has more entries than the options allow.</exception>
    [AlwaysInterleave, ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task<DirectoryListing> List(ListingRequest request, string caller);

    /// <summary>Removes files and folders with all in them and their hidden companions (spec 09 §5.1). Missing ones are no error.</summary>
    /// <exception cref="RequestException">
    /// <c>refusing to delete '...'</c>: HOME, the data folder, or a folder that holds them. Nothing was removed.
    /// </exception>
    /// <exception cref="PosixException">One can't be removed: <c>unlink</c>, <c>rmdir</c> or <c>scandir</c>. Others may be gone.</exception>
    [AlwaysInterleave, ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task Delete(ImmutableArray<string> paths, string caller);

    /// <summary>Moves files and folders into a folder, which is made if missing; companions of files follow (spec 09 §5.2).</summary>
    /// <param name="paths">What to move.</param>
    /// <param name="dest">The folder; empty: HOME.</param>
    /// <param name="caller">The unit of fairness.</param>
    /// <exception cref="RequestException">A rule forbids it, e.g. <c>dest already exists.</c> Found before anything is moved.</exception>
    /// <exception cref="PosixException">A source is missing (<c>lstat</c>), found before anything is moved, or a call failed.</exception>
    [AlwaysInterleave, ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task Move(ImmutableArray<string> paths, string dest, string caller);

    /// <summary>Gives a file or folder another full name, making its parents; companions of files follow (spec 09 §5.3). Never overwrites.</summary>
    /// <inheritdoc cref="Move"/>
    [AlwaysInterleave, ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task Rename(string src, string dest, string caller);

    /// <summary>The path below HOME with all links resolved, or the path unchanged if it leads elsewhere (spec 09 §6.1).</summary>
    /// <exception cref="PosixException"><c>realpath</c> failed.</exception>
    [AlwaysInterleave, ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task<string> RealPath(string path, string caller);

    /// <summary>Each path with all links resolved: below HOME, or <c>{HOME}/.smc/root/...</c> (spec 09 §6.2).</summary>
    /// <exception cref="PosixException"><c>realpath</c> failed for one of them.</exception>
    [AlwaysInterleave, ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task<ImmutableArray<string>> CanonicalPaths(ImmutableArray<string> paths, string caller);

    /// <summary>
    /// The text of a file: UTF-8, with U+FFFD for other bytes; a byte order mark is kept (spec 09 §7). As bytes, since no wire has it in another form.
    /// </summary>
    /// <exception cref="PosixException">
    /// The call is <c>open</c> with the path as given, or <c>read</c> without a path (<c>EISDIR</c> for a folder).
    /// </exception>
    /// <exception cref="RequestException">The file is too large (spec 02 §12), or a pipe, device or socket.</exception>
    [AlwaysInterleave, ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task<ReadOnlyMemory<byte>> ReadText(string path, string caller);

    /// <summary>Writes a text, atomically; the containing folder is made (0700) if missing (spec 09 §7).</summary>
    /// <param name="path">The file. Mode and owner of an existing one stay; a link's target is written.</param>
    /// <param name="content">All of its new content.</param>
    /// <param name="caller">The unit of fairness.</param>
    /// <param name="cancellationToken">Ends the wait for other writers of the file; a write that has begun goes on.</param>
    /// <exception cref="PosixException">
    /// The call is <c>open</c> with the path as given, <c>mkdir</c> with the absolute folder, or <c>write</c> without a path. The old content is kept.
    /// </exception>
    [AlwaysInterleave, ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task WriteText(string path, Utf8Text content, string caller, CancellationToken cancellationToken);

    /// <summary>Writes a text as <see cref="WriteText"/> does, but makes no folder: a missing one is <c>ENOENT</c> (spec 03 §1).</summary>
    /// <inheritdoc cref="WriteText"/>
    [AlwaysInterleave, ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task WriteTextWithoutParents(string path, Utf8Text content, string caller, CancellationToken cancellationToken);

    /// <summary>Makes a file from the template of its extension, or an empty one (spec 09 §7). An existing one is left alone, and no error.</summary>
    /// <inheritdoc cref="WriteText"/>
    [AlwaysInterleave, ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task NewFile(string path, string caller, CancellationToken cancellationToken);

    /// <summary>The bytes of a file, or of a compressed archive of a folder (spec 02 §6).</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="archive">The format for a folder, <c>tar.bz2</c>; null means the same.</param>
    /// <param name="caller">The unit of fairness.</param>
    /// <param name="cancellationToken">Ends the archiving.</param>
    /// <exception cref="PosixException">The call is <c>stat</c> or <c>open</c> with the absolute path, or <c>read</c>.</exception>
    /// <exception cref="RequestException">Too large, no regular file, an unknown format, or <c>tar</c> failed.</exception>
    [AlwaysInterleave, ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task<FileBlob> ReadBlob(string path, string? archive, string caller, CancellationToken cancellationToken);

    /// <summary>Writes bytes as <see cref="WriteText"/> does, but errors show the absolute path (spec 02 §6).</summary>
    /// <inheritdoc cref="WriteText"/>
    [AlwaysInterleave, ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task WriteBlob(string path, ReadOnlyMemory<byte> content, string caller, CancellationToken cancellationToken);

    /// <summary>The bytes of a file from its start to its end, as that is when it is reached (spec 06 §7.1).</summary>
    /// <param name="path">The file. Relative paths mean HOME.</param>
    /// <param name="blockBytes">The length of each block but the last, which is shorter; an empty file has none.</param>
    /// <param name="caller">The unit of fairness.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="PosixException">The call is <c>open</c> with the absolute path, or <c>read</c> without one (<c>EISDIR</c> for a folder).</exception>
    /// <exception cref="RequestException">A pipe, device or socket.</exception>
    [AlwaysInterleave]
    IAsyncEnumerable<ReadOnlyMemory<byte>> ReadBlocks(string path, int blockBytes, string caller, CancellationToken cancellationToken);

    /// <summary>
    /// When a file or folder was changed, or else some regular file below the folder, if that was after a time (spec 01 §13). Links are not followed; of a very large folder
    /// only a part is looked at.
    /// </summary>
    /// <param name="path">Relative to HOME.</param>
    /// <param name="afterMilliseconds">The time, in ms since 1970.</param>
    /// <param name="caller">The unit of fairness.</param>
    /// <returns>ms since 1970, or null if nothing was changed after that.</returns>
    /// <exception cref="PosixException">The call is <c>lstat</c>.</exception>
    [AlwaysInterleave, ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task<double?> FindNewer(string path, double afterMilliseconds, string caller);
}
