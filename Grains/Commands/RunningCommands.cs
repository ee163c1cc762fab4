using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Grains.Commands;

/// <summary>
/// All commands that run or are being started. When the daemon stops they are ended at once (spec 01 §17), beside the end of the grains: those who wait for a command
/// get its end, and no grain keeps the stop waiting for a request that waits for a command.
/// </summary>
internal sealed class RunningCommands(IOptions<CommandsOptions> limits) : IHostedService
{
    /// <summary>Guards both fields below.</summary>
    private readonly Lock _lock = new();
    private readonly HashSet<Task<CommandRun>> _commands = [];
    private bool _isStopping;

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _commands.Count;
            }
        }
    }

    /// <summary>Starts a command, by <paramref name="start"/>, and knows it until it has ended.</summary>
    /// <exception cref="RequestException">The daemon is stopping.</exception>
    public Task<CommandRun> Start(Func<Task<CommandRun>> start)
    {
        Task<CommandRun> command;
        lock (_lock)
        {
            if (_isStopping)
            {
                throw new RequestException("the project is stopping");
            }

            command = start();
            _commands.Add(command);
        }

        _ = ForgetAtEnd(command);
        return command;
    }

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Task<CommandRun>[] commands;
        lock (_lock)
        {
            _isStopping = true;
            commands = [.. _commands];
        }

        await Task.WhenAll(commands.Select(command => Stop(command, cancellationToken))).ConfigureAwait(false);
    }

    private async Task Stop(Task<CommandRun> command, CancellationToken cancellationToken)
    {
        await ((Task)command).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (command.IsCompletedSuccessfully)
        {
            await command.Result.Stop(limits.Value.StopGracePeriod, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>What fails here, the caller of the command learns.</summary>
    private async Task ForgetAtEnd(Task<CommandRun> command)
    {
        await ((Task)command).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (command.IsCompletedSuccessfully)
        {
            await ((Task)command.Result.Completion).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        lock (_lock)
        {
            _commands.Remove(command);
        }
    }
}
