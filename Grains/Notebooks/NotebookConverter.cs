using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Commands;
using ProjectSilo.Grains.Interfaces.Commands;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;
using ProjectSilo.Grains.Interfaces.Notebooks;
using ProjectSilo.Grains.Project;

namespace ProjectSilo.Grains.Notebooks;

/// <summary>Converts notebooks by the programs that are installed in the project (spec 10 §10.1).</summary>
internal sealed class NotebookConverter(CommandLauncher launcher, ProjectSettings project, IOptions<NotebooksOptions> options)
{
    private static readonly ImmutableArray<string> Browsers = ["google-chrome", "chromium-browser", "chromium"];

    private readonly ProgramSearch _programs = new(project);

    /// <inheritdoc cref="INotebooksGrain.Convert"/>
    public async Task Convert(NotebookConversion conversion, string caller, CancellationToken cancellationToken)
    {
        var arguments = ConvertArguments.Of(conversion.Arguments);
        await Run(
            new ExecOptions
            {
                Command = arguments.Command,
                Args = arguments.Arguments,
                Bash = true,
                Cwd = conversion.Directory,
                TimeoutSeconds = conversion.TimeoutSeconds,
                ErrOnExit = false,
            },
            caller,
            cancellationToken).ConfigureAwait(false);
        if (arguments.PrintsPdf)
        {
            await Print(arguments.Source, conversion.Directory, caller, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Prints the HTML beside the notebook.</summary>
    private async Task Print(string source, string directory, string caller, CancellationToken cancellationToken)
    {
        var browser = await launcher.BlockingWork.Run(caller, () => Browsers.Select(_programs.Find).FirstOrDefault(path => path is not null), cancellationToken)
            .WaitAsync(options.Value.PrintTimeout, launcher.Time, cancellationToken).ConfigureAwait(false)
            ?? throw new RequestException("one of google-chrome or chromium-browser must be installed to convert to PDF");
        var command = new ExecOptions
        {
            Command = browser,
            Args =
            [
                "--headless", "--disable-gpu", "--no-sandbox", $"--print-to-pdf={ProjectPath.WithExtension(source, "pdf")}", "--run-all-compositor-stages-before-draw",
                "--disable-dev-shm-usage", "--disable-setuid-sandbox", "--virtual-time-budget=30000", NoOption(ProjectPath.WithExtension(source, "html")),
            ],
            Cwd = directory,
            TimeoutSeconds = options.Value.PrintTimeout.TotalSeconds,
            ErrOnExit = false,
        };
        await Run(command, caller, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs a program, and all that it starts, to its end.</summary>
    private async Task Run(ExecOptions command, string caller, CancellationToken cancellationToken)
    {
        var run = await launcher.Start(command, options.Value.MaxErrorCharacters, caller, isTool: true).ConfigureAwait(false);
        CommandOutcome outcome;
        await using (cancellationToken.UnsafeRegister(static run => ((CommandRun)run!).Kill(), run))
        {
            outcome = await run.Completion.ConfigureAwait(false);
        }

        cancellationToken.ThrowIfCancellationRequested();
        switch (outcome)
        {
            case { TimedOut: true } or { Signal: not null }:
                // By a signal it ends at the limit of the processor's time, which is the same.
                throw new RequestException(CommandErrors.Killed(run.Command));
            case { NotStarted: { } reason }:
                throw new RequestException(CommandErrors.NotAbleToRun(run.Command, reason));
            case { ExitCode: not 0 and var code }:
                var text = run.Stderr.ToString();
                throw new RequestException(string.IsNullOrWhiteSpace(text) ? CommandErrors.NonzeroExit(run.Command, code, text) : text);
        }
    }

    /// <summary>A name that begins with a dash is not taken for an option.</summary>
    private static string NoOption(string path) => path.StartsWith('-') ? "./" + path : path;
}
