using Orleans.Concurrency;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Interfaces.Kernels;

/// <summary>
/// One Jupyter kernel: a process, its sockets, and the queue of what it is to execute (spec 10 §2, §4, §5). Key: <see cref="GrainKey.Of(int, string)"/> with an id that its owner makes.
/// When it closes, the process, all that it started, its sockets and its files are gone.
/// </summary>
[Alias("ProjectSilo.IKernelGrain")]
public interface IKernelGrain : IGrainWithStringKey
{
    /// <summary>Says which kernel it is. Once, before anything else; again with equal options does nothing.</summary>
    /// <exception cref="RequestException">It has other options already.</exception>
    Task Configure(KernelOptions options);

    /// <summary>Starts the process, where none runs, and waits until it can execute (spec 10 §4.4).</summary>
    /// <exception cref="RequestException">It could not be started, in the words of spec 10 §5.1.</exception>
    [AlwaysInterleave, ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task Start(CancellationToken cancellationToken);

    /// <summary>What it is doing.</summary>
    [AlwaysInterleave]
    Task<KernelStatus> Status();

    /// <summary>
    /// Executes code after all that was asked for before, starting the process where none runs, and yields what comes of it, in the order of arrival; the last has <see cref="KernelItem.IsDone"/>
    /// (spec 10 §5.4). Leaving the enumeration cancels the execution. To be enumerated <c>WithBatchSize</c> of <see cref="KernelItem.ReadAhead"/>.
    /// </summary>
    /// <exception cref="RequestException">The process could not be started, or ended by itself, in the words of spec 10 §5.1.</exception>
    [AlwaysInterleave]
    IAsyncEnumerable<KernelItem> Execute(ExecuteRequest request, CancellationToken cancellationToken);

    /// <summary>Answers the input request of an execution that is <see cref="ExecuteRequest.AllowsInput"/>.</summary>
    /// <returns>Whether it waited for one.</returns>
    [AlwaysInterleave]
    Task<bool> Answer(string executionId, string value);

    /// <summary>A waiting execution is dropped, a running one interrupted.</summary>
    [AlwaysInterleave]
    Task Cancel(string executionId);

    /// <summary>Asks on the shell channel and waits for the reply (spec 10 §5.3), starting the process where none runs.</summary>
    /// <param name="messageType"><c>complete_request</c>, <c>inspect_request</c> or <c>kernel_info_request</c></param>
    /// <param name="content">A JSON object.</param>
    /// <param name="cancellationToken">The caller waits no longer.</param>
    /// <returns>The reply's content, a JSON object.</returns>
    /// <exception cref="RequestException">The kernel could not be started, ended, or gave no answer in time.</exception>
    [AlwaysInterleave, ResponseTimeout(ResponseTimeouts.Unlimited)]
    Task<ReadOnlyMemory<byte>> Ask(string messageType, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Sends a message of a widget to the kernel (spec 10 §8.7); dropped where no process runs.</summary>
    /// <exception cref="RequestException">Its data is no JSON.</exception>
    [AlwaysInterleave]
    Task Send(CommMessage message);

    /// <summary>
    /// Signals the process and all of its group, e.g. <c>SIGINT</c>, and ends what waits in the queue (spec 10 §5.2). Kernels whose <c>interrupt_mode</c> is <c>message</c> are interrupted by
    /// one. Answered at once, whatever else hangs.
    /// </summary>
    [AlwaysInterleave]
    Task Signal(string signal);

    /// <summary>Ends the process at once; whoever waits is released.</summary>
    [AlwaysInterleave]
    Task Close();

    /// <summary>States, the kernel's own status and widgets' messages from now on, starting with the present state, until it closes. One who falls too far behind gets an error.</summary>
    /// <exception cref="RequestException">Too much waits to be taken.</exception>
    [AlwaysInterleave]
    IAsyncEnumerable<KernelEvent> Follow(CancellationToken cancellationToken);
}
