using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Project;

namespace ProjectSilo.Silo.InitScript;

/// <summary>
/// Runs the script of <c>--init</c> once, in the daemon's process group, so that stopping the project ends it (spec 01 §9). Nobody waits for it; its
/// end is logged.
/// </summary>
internal sealed partial class InitScriptRunner(ProjectSettings project, BlockingWork blockingWork, ILogger<InitScriptRunner> logger)
{
    /// <summary>Starts the script below HOME and returns the task that ends with it. Failures are logged, nothing else.</summary>
    public async Task RunAsync(string given)
    {
        var files = InitScriptFiles.For(project.Home, given);
        try
        {
            using var child = await blockingWork.Run("init script", () => Start(files));
            LogStarted(files.Script, child.Pid);
            var status = await child.Exited;
            LogEnded(files.Script, status.Code, status.Signal);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or PosixException or ArgumentException)
        {
            LogNotRun(files.Script, exception);
        }
    }

    private ChildProcess Start(InitScriptFiles files)
    {
        File.OpenHandle(files.Script).Dispose();
        return ChildProcess.Start(new SpawnOptions
        {
            Program = "bash",
            Arguments = [files.Script],
            WorkingDirectory = project.Home,
            Environment = project.Environment,
            NewSession = false,
            StandardInput = ChildStream.Null,
            StandardOutput = ChildStream.File(files.Output),
            StandardError = ChildStream.File(files.Errors),
        });
    }
}
