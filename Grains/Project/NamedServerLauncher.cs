using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using ProjectSilo.Grains.Commands;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Project;

/// <summary>Starts named servers (spec 09 §10). They belong to the daemon's process group, so they end with the project; nobody watches them.</summary>
internal sealed partial class NamedServerLauncher(
    ProjectSettings project, NamedServerSettings settings, BlockingWork blockingWork, ILogger<NamedServerLauncher> logger)
{
    /// <summary>The port of a server, which is started if it is not running. Not to be called again for the same name before it has ended.</summary>
    /// <exception cref="RequestException">There is no such server, or it could not be started.</exception>
    public async Task<int> GetPort(string name)
    {
        // Before anything touches the disk: a name could be a path.
        if (!NamedServerCommands.Knows(name))
        {
            throw new RequestException($"unknown named server: \"{name}\"");
        }

        try
        {
            return await blockingWork.Run("named server " + name, () => GetOrStart(name));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SocketException or PosixException)
        {
            LogNotStarted(exception, name);
            throw new RequestException($"unable to start named server \"{name}\": {exception.Message}");
        }
    }

    private int GetOrStart(string name)
    {
        var state = new NamedServerState(Path.Join(settings.Folder, name));
        return state.RunningPort() ?? Start(name, state);
    }

    private int Start(string name, NamedServerState state)
    {
        var port = ChoosePort(name);
        var command = NamedServerCommands.Compose(name, new NamedServerLaunch(project, settings, port));
        state.WriteLaunch(port, command);
        using var child = ChildProcess.Start(new SpawnOptions
        {
            Program = "/bin/sh",
            Arguments = ["-c", $"{command} 1>{ShellText.Quote(state.Stdout)} 2>{ShellText.Quote(state.Stderr)}"],
            WorkingDirectory = project.Home,
            Environment = project.Environment,
            NewSession = false,
            StandardInput = ChildStream.Null,
            StandardOutput = ChildStream.Null,
            StandardError = ChildStream.Null,
        });
        state.WriteStarted(child.Pid);
        LogStarted(name, port, child.Pid);
        return port;
    }

    /// <summary><c>COCALC_{NAME}_PORT</c> if that is free, else one that the system chooses.</summary>
    private int ChoosePort(string name)
    {
        var address = IPAddress.TryParse(settings.Ip, out var parsed) ? parsed : IPAddress.Any;
        var wish = project.Environment.GetValueOrDefault($"COCALC_{name.ToUpperInvariant()}_PORT");
        return (int.TryParse(wish, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= IPEndPoint.MaxPort ? TryBind(address, port) : null)
            ?? TryBind(address, 0)
            // The address is not this machine's own, but one that leads to it.
            ?? TryBind(IPAddress.Any, 0)
            ?? throw new RequestException("no free port");
    }

    private static int? TryBind(IPAddress address, int port)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen(1);
            return ((IPEndPoint)socket.LocalEndPoint!).Port;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    [LoggerMessage(LogLevel.Information, "Named server {Name} started on port {Port} (pid {Pid})")]
    private partial void LogStarted(string name, int port, int pid);

    [LoggerMessage(LogLevel.Warning, "Named server {Name} could not be started")]
    private partial void LogNotStarted(Exception exception, string name);
}
