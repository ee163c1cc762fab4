using System.Runtime.CompilerServices;
using ProjectSilo.Grains.Native;
using ProjectSilo.Silo.Calling;
using ProjectSilo.Silo.CommandLine;
using ProjectSilo.Silo.Detaching;
using ProjectSilo.Silo.Hosting;
using ProjectSilo.Silo.ProjectEnvironment;
using ProjectSilo.Silo.Signals;
using ProjectSilo.Silo.Startup;
using ProjectSilo.Silo.Streams;
using ProjectSilo.Silo.UnexpectedErrors;

namespace ProjectSilo.Silo;

/// <summary>From the command line to the exit code (spec 01 §6).</summary>
internal static class SiloProgram
{
    private const int Failure = 1;

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is [CallCommand.Name, .. var call])
        {
            return await CallCommand.Run(call);
        }

        if (args is [StreamsCommand.Name, .. var streams])
        {
            return await StreamsCommand.Run(streams);
        }

        var command = CommandLineParser.Parse(args);
        if (command.Arguments is not { } arguments)
        {
            await (command.Usage is null ? Console.Error : Console.Out).WriteLineAsync(command.Usage ?? command.Error);
            return command.Usage is null ? Failure : 0;
        }

        try
        {
            var given = OwnEnvironment.Read();
            var started = new Dictionary<string, string>(given, StringComparer.Ordinal);
            var isDetached = started.Remove(DetachedStart.Marker);
            var folder = Environment.CurrentDirectory;
            using var prepared = StartPreparation.Prepare(arguments, started);
            if (arguments.Daemon && !isDetached)
            {
                // The lock goes to the daemon, so it must be free before that starts.
                prepared.Dispose();
                DetachedStart.Launch(args, started, folder);
                return 0;
            }

            OwnEnvironment.Apply(given, prepared.Environment.Own);
            return await ServeAsync(prepared);
        }
        catch (StartFailedException failure)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            return Failure;
        }
    }

    /// <summary>Apart from the launcher's path: nothing of the web server is loaded there.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<int> ServeAsync(PreparedStart prepared)
    {
        NativeHeap.ShareOneArena();
        OwnProcess.RequestShortSlices();
        if (prepared.Settings.IsFreeProject)
        {
            OwnProcess.GiveWay();
        }

        var bugs = BugCounter.Install();
        using var signals = new StopSignals();
        try
        {
            await using var app = SiloApplication.Build(prepared, prepared.Address, bugs, TimeProvider.System);
            return await new SiloRun(app, prepared, TimeProvider.System).RunAsync(signals);
        }
        catch (Exception exception) when (exception is not StartFailedException)
        {
            // Spec 01 §14: a start that failed ends the process; the reference stays half-started.
            throw new StartFailedException(exception.Message, exception);
        }
    }
}
