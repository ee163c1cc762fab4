using Orleans.Concurrency;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Interfaces.Notebooks;

/// <summary>
/// What is done with notebooks and code by calls that are complete in themselves (spec 10 §10 to §12). Key: <see cref="GrainKey.Of(int)"/>. <c>caller</c> is who asks, e.g.
/// <c>hub:3</c>: the unit of fairness. A caller who goes away ends what was done for it.
/// </summary>
[Alias("ProjectSilo.INotebooksGrain")]
public interface INotebooksGrain : IGrainWithStringKey
{
    /// <summary>Executes code in a kernel that nobody used before and nobody uses after it.</summary>
    /// <returns>What came of it, a JSON array: <c>[{"name":"stdout","text":"hello\n"},{"data":{"text/plain":"42"}}]</c></returns>
    /// <exception cref="RequestException">The kernel could not be started or ended by itself (spec 10 §5.1), the total time is over, or too many wait.</exception>
    [AlwaysInterleave, ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task<ReadOnlyMemory<byte>> Execute(StatelessExecution execution, string caller, CancellationToken cancellationToken);

    /// <summary>Runs the code cells of a notebook in order, in a kernel of its own.</summary>
    /// <returns>The notebook with the outputs added, compact JSON.</returns>
    /// <exception cref="NotebookSyntaxException">It is no JSON.</exception>
    /// <exception cref="RequestException">It is no notebook, or names no kernel; or too many wait.</exception>
    /// <exception cref="PosixException">Its file can't be written.</exception>
    [AlwaysInterleave, ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task<Utf8Text> Run(NotebookRun run, string caller, CancellationToken cancellationToken);

    /// <summary>A notebook without outputs and attachments.</summary>
    /// <param name="path">The file, absolute or below HOME.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="cancellationToken">The caller has gone away.</param>
    /// <returns>Compact JSON.</returns>
    /// <exception cref="NotebookSyntaxException">It is no JSON.</exception>
    /// <exception cref="RequestException">It is no notebook, or too large.</exception>
    /// <exception cref="PosixException">The call is <c>open</c> with the path as given, or <c>read</c>.</exception>
    [AlwaysInterleave, ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task<Utf8Text> Strip(string path, string caller, CancellationToken cancellationToken);

    /// <summary>Converts a notebook; the result is a file beside it.</summary>
    /// <exception cref="RequestException">The arguments name no notebook; the conversion failed, with what it wrote to stderr; or it took too long: <c>killed command '…'</c></exception>
    [AlwaysInterleave, ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task Convert(NotebookConversion conversion, string caller, CancellationToken cancellationToken);
}
