using System.Collections.Immutable;
using System.Text;
using System.Text.Unicode;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Commands;
using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Formatters;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Project;

namespace ProjectSilo.Grains.Formatters;

/// <summary>Runs a formatter that is a program: its text in a file of a private folder, its time, memory and output bounded, and nothing of it left afterwards.</summary>
internal sealed class ToolRunner(CommandLauncher launcher, ProjectSettings project, IOptions<FormattersOptions> limits)
{
    private readonly ProgramSearch _programs = new(project);
    private readonly FormattersOptions _limits = limits.Value;
    private ImmutableDictionary<string, string>? _environment;

    /// <summary>Formats a text.</summary>
    /// <exception cref="RequestException">As spec 12 §4 has it.</exception>
    public async Task<Utf8Text> Format(FormatterTool tool, FormatRequest request, string caller, CancellationToken cancellationToken)
    {
        tool.Check(request);
        var timeout = tool.Timeout(_limits);
        var (program, file) = await Prepare(tool, request, timeout, caller, cancellationToken).ConfigureAwait(false);
        try
        {
            var run = await launcher.Start(Spawn(tool, request, program, file), Request(tool, timeout, caller)).ConfigureAwait(false);
            CommandOutcome outcome;
            await using (cancellationToken.UnsafeRegister(static run => ((CommandRun)run!).Kill(), run))
            {
                outcome = await run.Completion.ConfigureAwait(false);
            }

            cancellationToken.ThrowIfCancellationRequested();
            RequireSuccess(tool, request, file, run, outcome);
            return tool.ResultFile is { } resultFile
                ? await Read(tool, resultFile(file), timeout, caller, cancellationToken).ConfigureAwait(false)
                : Printed(tool, request, run);
        }
        finally
        {
            await CommandRun.RemoveScript(launcher, file).ConfigureAwait(false);
        }
    }

    /// <summary>Finds the program, and writes the file.</summary>
    private async Task<(string Program, string File)> Prepare(
        FormatterTool tool, FormatRequest request, TimeSpan timeout, string caller, CancellationToken cancellationToken)
    {
        var preparing = launcher.BlockingWork.Run(
            caller,
            () => tool.Programs.FirstOrDefault(_programs.Have) is { } program
                ? (program, ScriptFile.Create(launcher.TemporaryDirectory, request.Text, owner: null, tool.FileName(request)))
                : throw new RequestException(tool.Missing),
            cancellationToken);
        try
        {
            return await preparing.WaitAsync(timeout, launcher.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            _ = Abandon(preparing);
            throw exception is TimeoutException ? Killed(tool) ?? FormatterErrors.TimedOut(tool.Name) : exception;
        }
    }

    /// <summary>A file that comes to be when nobody waits for it any more is removed.</summary>
    private async Task Abandon(Task<(string Program, string File)> preparing)
    {
        await ((Task)preparing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (preparing.IsCompletedSuccessfully)
        {
            var (_, file) = await preparing.ConfigureAwait(false);
            await CommandRun.RemoveScript(launcher, file).ConfigureAwait(false);
        }
    }

    private SpawnOptions Spawn(FormatterTool tool, FormatRequest request, string program, string file) => new()
    {
        Program = program,
        Arguments = tool.Arguments(request, file),
        WorkingDirectory = project.Home,
        Environment = _environment ??= project.CommandEnvironment.ToImmutableDictionary(StringComparer.Ordinal).SetItem("PATH", _programs.SearchPath),
        StandardInput = ChildStream.Null,
        MaxMemoryBytes = _limits.MaxMemoryBytes,
        MaxFileBytes = _limits.MaxResultBytes,
    };

    private RunRequest Request(FormatterTool tool, TimeSpan timeout, string caller) =>
        new(timeout, tool.ResultFile is null ? _limits.MaxResultBytes : _limits.MaxErrorCharacters, caller, null) { EndsGroup = true, KeepsWeight = true };

    private void RequireSuccess(FormatterTool tool, FormatRequest request, string file, CommandRun run, CommandOutcome outcome)
    {
        switch (outcome)
        {
            case { TimedOut: true }:
                throw Killed(tool) ?? FormatterErrors.TimedOut(tool.Name);
            case { NotStarted: { Errno: PosixError.ENOENT or PosixError.EACCES } }:
                // It has gone since it was found, or its interpreter is missing.
                throw new RequestException(tool.Missing);
            case { NotStarted: { } reason }:
                throw reason;
            case { Signal: { } signal }:
                throw Killed(tool) ?? FormatterErrors.Signalled(tool.Name, signal);
            case { ExitCode: var code } when code > tool.MaxGoodExitCode:
                throw new RequestException(Cut(tool.Failure(new ToolFailure(request.Text.ToString, file, code, run.Stdout.ToString(), run.Stderr.ToString()))));
        }
    }

    private static RequestException? Killed(FormatterTool tool) => tool.Killed is { } message ? new RequestException(message) : null;

    private string Cut(string message) => message.Length <= _limits.MaxErrorCharacters ? message : message[.._limits.MaxErrorCharacters];

    private async Task<Utf8Text> Read(FormatterTool tool, string file, TimeSpan timeout, string caller, CancellationToken cancellationToken)
    {
        try
        {
            var bytes = await launcher.BlockingWork.Run(caller, () => ReadFile(tool, file), cancellationToken)
                .WaitAsync(timeout, launcher.Time, cancellationToken).ConfigureAwait(false);
            return new Utf8Text { Pieces = [Utf8.IsValid(bytes.Span) ? bytes : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes.Span))] };
        }
        catch (TimeoutException)
        {
            throw FormatterErrors.TimedOut(tool.Name);
        }
    }

    private ReadOnlyMemory<byte> ReadFile(FormatterTool tool, string file)
    {
        using var result = RegularFile.Open(file, file, "open", long.MaxValue, out var status);
        return status.Size <= _limits.MaxResultBytes
            ? RegularFile.ReadToEnd(result, status.Size, _limits.MaxResultBytes)
            : throw FormatterErrors.TooLarge(tool.Name, _limits.MaxResultBytes);
    }

    private Utf8Text Printed(FormatterTool tool, FormatRequest request, CommandRun run) =>
        run.Stdout.IsFull ? throw FormatterErrors.TooLarge(tool.Name, _limits.MaxResultBytes) : tool.Rework(run.Stdout.ToString(), request, _limits.MaxResultBytes);
}
