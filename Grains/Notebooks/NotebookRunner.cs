using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Commands;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Interfaces.Notebooks;
using ProjectSilo.Grains.Project;

namespace ProjectSilo.Grains.Notebooks;

/// <summary>Runs whole notebooks (spec 10 §12). Not on a turn of the grain, which large notebooks would hold up.</summary>
/// <param name="makeKernel">A kernel that has not been used.</param>
/// <param name="directory">The installed kernels.</param>
/// <param name="files">The project's files.</param>
/// <param name="launcher">For what blocks, and the clock.</param>
/// <param name="project">Where HOME is.</param>
/// <param name="options">The bounds.</param>
internal sealed class NotebookRunner(
    Func<IKernelGrain> makeKernel, IKernelDirectoryGrain directory, IFilesGrain files, CommandLauncher launcher, ProjectSettings project, IOptions<NotebooksOptions> options)
{
    private static readonly ImmutableSortedDictionary<string, string> Environment = ImmutableSortedDictionary<string, string>.Empty.Add("PYTHONWARNINGS", "ignore");

    private double Now => launcher.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <inheritdoc cref="INotebooksGrain.Run"/>
    public async Task<Utf8Text> Run(NotebookRun run, string caller, CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        if (run.Notebook.ByteCount > options.Value.MaxNotebookBytes)
        {
            throw new RequestException($"the notebook is too large to be run; the limit is {options.Value.MaxNotebookBytes} bytes");
        }

        var notebook = NotebookJson.Parse(run.Notebook, "ipynb");
        var kernel = (notebook["metadata"] as WireValue.Members)?["kernelspec"] is WireValue.Members spec && spec["name"].AsText() is { Length: > 0 } name
            ? name
            : throw new RequestException("the notebook doesn't say which kernel it is for: metadata.kernelspec.name is missing");
        var file = $"{ProjectPath.Absolute(project.Home, run.Path).TrimEnd('/')}/{Guid.NewGuid()}.ipynb";
        await files.WriteText(file, run.Notebook, caller, cancellationToken).ConfigureAwait(false);
        try
        {
            return await Run(notebook, kernel, file, run.Limits with { StartTime = Now }, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // Nobody cancels this: no file stays behind.
            await launcher.BlockingWork.Run("notebooks", () => Delete(file), CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task<Utf8Text> Run(WireValue.Members notebook, string name, string file, ExecutionLimits limits, CancellationToken cancellationToken)
    {
        var total = new OutputTotal(limits.TotalOutput, options.Value);
        var cells = ImmutableArray.CreateBuilder<WireValue>();
        await using var kernel = new NotebookKernel(makeKernel, new KernelOptions { Kernel = name, Path = file, Environment = Environment }, directory, options.Value.StartRetryTime, launcher.Time);
        foreach (var cell in ((WireValue.Items)notebook["cells"]).Values)
        {
            cells.Add(cell is WireValue.Members members ? await Run(members, kernel, limits, total, cancellationToken).ConfigureAwait(false) : cell);
        }

        return NotebookJson.ToText(notebook.Set("cells", new WireValue.Items(cells.DrainToImmutable())));
    }

    /// <summary>Runs a cell.</summary>
    /// <returns>The cell, with what came of it.</returns>
    private async Task<WireValue.Members> Run(WireValue.Members cell, NotebookKernel kernel, ExecutionLimits limits, OutputTotal total, CancellationToken cancellationToken)
    {
        if (limits.IsOver(Now))
        {
            return NotebookJson.Append(cell, [Failure(limits.TotalTimeError())]);
        }

        if (cell["cell_type"].AsText() != "code")
        {
            return cell;
        }

        var output = new ExecutionOutput(limits, total);
        try
        {
            var running = await kernel.Get(cancellationToken).ConfigureAwait(false);
            await running.Run(NotebookJson.Source(cell), limits.MillisecondsPerCell, output.Take, cancellationToken).ConfigureAwait(false);
        }
        catch (RequestException exception)
        {
            output.Add(Failure(exception.Message));
            await kernel.Drop().ConfigureAwait(false);
        }

        return NotebookJson.Append(cell, output.Messages.Values);
    }

    private static void Delete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException && !File.Exists(file))
        {
            // Its folder has gone as well.
        }
    }

    /// <summary><c>{"traceback":["Error: Kernel last exited with code 4."]}</c></summary>
    private static WireValue.Members Failure(string error) => new WireObject { ["traceback"] = new WireValue.Items([$"Error: {error}"]) }.Build();
}
