using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Interfaces.Commands;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Project;

namespace ProjectSilo.Grains.Commands;

/// <summary>Starts commands with the project's environment and limits. Shared by the grains that run commands.</summary>
internal sealed class CommandLauncher(
    ProjectSettings project,
    IOptions<CommandsOptions> options,
    RunningCommands running,
    BlockingWork blockingWork,
    TimeProvider time,
    ILogger<CommandLauncher> logger)
{
    // A timer can't be set further: about 24 days.
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromMilliseconds(int.MaxValue);
    private static readonly TimeSpan ShortestTimeout = TimeSpan.FromMilliseconds(1);

    private readonly IReadOnlyDictionary<string, string> _environment = project.CommandEnvironment;

    public BlockingWork BlockingWork => blockingWork;

    public TimeProvider Time => time;

    public ILogger Logger => logger;

    /// <summary>Whether commands already fill the processors: then one more must not begin with a full share.</summary>
    public bool IsBusy => running.Count > Environment.ProcessorCount;

    /// <inheritdoc cref="CommandsOptions.AutogroupNice"/>
    public int AutogroupNice => options.Value.AutogroupNice;

    public string TemporaryDirectory { get; } = project.TemporaryDirectory;

    /// <summary>Starts a command.</summary>
    /// <param name="options">What to run.</param>
    /// <param name="defaultMaxOutput">The limit of each output stream if the options have none.</param>
    /// <param name="caller">The unit of fairness.</param>
    /// <param name="outputArrived">Called on the thread pool whenever output came.</param>
    /// <param name="isTool">It ends with all that it has started, and keeps its weight (<see cref="RunRequest.EndsGroup"/>, <see cref="RunRequest.KeepsWeight"/>).</param>
    /// <exception cref="RequestException">The daemon is stopping.</exception>
    public Task<CommandRun> Start(ExecOptions options, int defaultMaxOutput, string caller, Action? outputArrived = null, bool isTool = false) =>
        running.Start(() => CommandRun.Start(
            this, CommandLine.Of(options), Spawn(options), Request(options, defaultMaxOutput, caller, outputArrived) with { EndsGroup = isTool, KeepsWeight = isTool }));

    /// <summary>Starts a program as it stands.</summary>
    /// <exception cref="RequestException">The daemon is stopping.</exception>
    public Task<CommandRun> Start(SpawnOptions spawn, RunRequest request) =>
        running.Start(() => CommandRun.Start(this, new CommandLine(spawn.Program, spawn.Arguments, null, spawn.Program), spawn, request));

    private SpawnOptions Spawn(ExecOptions options) => new()
    {
        Program = options.Command,
        WorkingDirectory = WorkingDirectory(options),
        Environment = EnvironmentOf(options),
        Uid = options.Uid > 0 ? options.Uid : null,
        Gid = options.Gid > 0 ? options.Gid : null,
    };

    private IReadOnlyDictionary<string, string> EnvironmentOf(ExecOptions options)
    {
        var otherHome = options.Uid > 0 ? options.Home : null;
        if (otherHome is null && options.Env.IsEmpty)
        {
            return _environment;
        }

        var environment = new Dictionary<string, string>(_environment, StringComparer.Ordinal);
        if (otherHome is not null)
        {
            environment["HOME"] = otherHome;
        }

        foreach (var (name, value) in options.Env)
        {
            environment[name] = value;
        }

        return environment;
    }

    private RunRequest Request(ExecOptions execOptions, int defaultMaxOutput, string caller, Action? outputArrived)
    {
        TimeSpan? timeout = execOptions.TimeoutSeconds switch
        {
            0 => null,
            // As in JavaScript, a timer that is already due.
            < 0 or double.NaN => ShortestTimeout,
            var seconds when seconds >= LongestTimeout.TotalSeconds => LongestTimeout,
            var seconds => TimeSpan.FromSeconds(seconds),
        };
        var maxOutput = Math.Clamp(execOptions.MaxOutput ?? defaultMaxOutput, 0, options.Value.MaxOutputCharacters);
        return new RunRequest(timeout, maxOutput, caller, outputArrived);
    }

    // Path.Combine takes an absolute second part as it is.
    private string WorkingDirectory(ExecOptions options) =>
        !string.IsNullOrEmpty(options.Cwd) ? Path.Combine(project.Home, options.Cwd)
        : Path.Combine(project.Home, options.Home ?? "", options.Path ?? "");
}
