using System.Buffers;
using System.Text;
using Microsoft.Extensions.Options;
using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Interfaces.Notebooks;
using ProjectSilo.Grains.Kernels.Pool;
using ProjectSilo.Grains.Project;

namespace ProjectSilo.Grains.Notebooks;

/// <summary>Executes code in a kernel of its own (spec 10 §11). Not on a turn of the grain, which many megabytes of output would hold up.</summary>
internal sealed class StatelessExecutor(StatelessKernels kernels, IKernelDirectoryGrain directory, ProjectSettings project, IOptions<NotebooksOptions> options, TimeProvider time)
{
    /// <summary>Code that only changes the folder needs no more.</summary>
    private const double ChangeFolderMilliseconds = 10_000;

    /// <summary>The limits of an execution that has none (spec 10 §11).</summary>
    private static readonly ExecutionLimits DefaultLimits = new()
    {
        TotalMilliseconds = 30_000,
        MillisecondsPerCell = 30_000,
        MaxOutput = 5_000_000,
        MaxOutputPerCell = 1_000_000,
    };

    /// <inheritdoc cref="INotebooksGrain.Execute"/>
    public Task<ReadOnlyMemory<byte>> Execute(StatelessExecution execution, CancellationToken cancellationToken)
    {
        var limits = execution.Limits ?? DefaultLimits with { StartTime = Now };
        RequireTime(limits);
        return kernels.Use(execution, kernel => Execute(kernel.Kernel, execution, limits, cancellationToken), cancellationToken);
    }

    private double Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private async Task<ReadOnlyMemory<byte>> Execute(IKernelGrain kernel, StatelessExecution execution, ExecutionLimits limits, CancellationToken cancellationToken)
    {
        var output = new ExecutionOutput(limits, new OutputTotal(limits.TotalOutput, options.Value));
        if (execution.Path is { } path && await ChangeFolder(kernel, execution.Kernel, path, cancellationToken).ConfigureAwait(false) is { } failure)
        {
            output.Add(OutputMessage.Stderr(failure));
        }

        if (!execution.History.IsEmpty)
        {
            await kernel.Run(string.Join('\n', execution.History), limits.MillisecondsPerCell, static _ => { }, cancellationToken).ConfigureAwait(false);
        }

        RequireTime(limits);
        await kernel.Run(execution.Input, limits.MillisecondsPerCell, output.Take, cancellationToken).ConfigureAwait(false);
        var json = new ArrayBufferWriter<byte>();
        WireJson.Write(output.Messages, json);
        return json.WrittenMemory;
    }

    /// <summary>Makes the kernel change its folder.</summary>
    /// <returns>What it complains about; null if it doesn't.</returns>
    private async Task<string?> ChangeFolder(IKernelGrain kernel, string name, string path, CancellationToken cancellationToken)
    {
        var language = (await directory.Find(name).ConfigureAwait(false))?.Language ?? "";
        string code;
        try
        {
            code = InitCode.ChangeDirectory(language, ProjectPath.Absolute(project.Home, path));
        }
        catch (RequestException exception)
        {
            return $"Error: {exception.Message}\n";
        }

        if (code.Length == 0)
        {
            return null;
        }

        var complaints = new StringBuilder();
        await kernel.Run(code, ChangeFolderMilliseconds, item => Complain(complaints, item), cancellationToken, isSilent: true).ConfigureAwait(false);
        return complaints.Length == 0 ? null : complaints.ToString();
    }

    private static void Complain(StringBuilder complaints, KernelItem item)
    {
        const int MaxCharacters = 10_000;
        var complaint = item.MessageType is "error" or "stream" && complaints.Length < MaxCharacters ? OutputMessage.ContentOf(item) : null;
        if (item.MessageType == "error")
        {
            complaints.Append(complaint?["ename"].AsText()).Append(": ").Append(complaint?["evalue"].AsText()).Append('\n');
        }
        else if (complaint?["name"].AsText() == "stderr")
        {
            complaints.Append(complaint["text"].AsText());
        }
    }

    /// <summary>Whether there is time for one more run.</summary>
    /// <exception cref="RequestException"><c>Total time limit (=1 seconds) exceeded</c></exception>
    private void RequireTime(ExecutionLimits limits)
    {
        if (limits.IsOver(Now))
        {
            throw new RequestException(limits.TotalTimeError());
        }
    }
}
