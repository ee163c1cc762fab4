using System.Collections.Immutable;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Interfaces.Files;

/// <summary>
/// One file on its way into the project (spec 06 §7.2). Key: <see cref="GrainKey.Of(int, string)"/> with the upload's id, 10 characters <c>[0-9a-zA-Z]</c>. The bytes are
/// written to <c>{target}.partialupload-{id}</c>, which takes the target's place at the end: until then the target is as it was. Calls come one after the other.
/// </summary>
[Alias("ProjectSilo.IUploadGrain")]
public interface IUploadGrain : IGrainWithStringKey
{
    /// <summary>Begins: makes the containing folder (0700) if missing, and the partial file.</summary>
    /// <param name="path">The target. Relative paths mean HOME; of a link, the file that it leads to.</param>
    /// <param name="idle">If nothing comes for so long, the upload is given up.</param>
    /// <param name="caller">Who asks: the unit of fairness.</param>
    /// <exception cref="PosixException">The call is <c>mkdir</c> or <c>open</c>; a folder is <c>EISDIR</c>.</exception>
    /// <exception cref="RequestException">The target is a pipe, device or socket, the id is none, or the upload has begun already.</exception>
    [ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task Start(string path, TimeSpan idle, string caller);

    /// <summary>Writes the next bytes, one block after the other.</summary>
    /// <exception cref="PosixException">The call is <c>write</c>, e.g. <c>ENOSPC</c>.</exception>
    /// <exception cref="RequestException">There is no such upload, or it was given up.</exception>
    [ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task Append(ImmutableArray<ReadOnlyMemory<byte>> blocks);

    /// <summary>Puts what came in the target's place, through to the disk. An existing target's mode and owner stay.</summary>
    /// <returns>The file's bytes.</returns>
    /// <exception cref="PosixException">The call is <c>fsync</c> or <c>open</c>. The target is as it was, the partial file is gone.</exception>
    /// <exception cref="RequestException">There is no such upload, or it was given up.</exception>
    [ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task<long> Commit(CancellationToken cancellationToken);

    /// <summary>Removes the partial file. Nothing happens if there is no such upload.</summary>
    [ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task Abort();
}
