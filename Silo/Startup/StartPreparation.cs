using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using ProjectSilo.Silo.CommandLine;
using ProjectSilo.Silo.DataDirectory;
using ProjectSilo.Silo.ProjectEnvironment;
using ProjectSilo.Silo.Standalone;

namespace ProjectSilo.Silo.Startup;

/// <summary>
/// The checks of spec 01 §4, in its order. All of them are cheap, so the launcher of <c>--daemon</c> makes them too: a hub then sees the message and
/// the exit code, and not a daemon that dies unseen.
/// </summary>
internal static class StartPreparation
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <exception cref="StartFailedException">A check failed.</exception>
    public static PreparedStart Prepare(SiloArguments arguments, IReadOnlyDictionary<string, string> started)
    {
        var standalone = StandaloneMode.IsOn(arguments.Standalone, started);
        return standalone ? PrepareStandalone(arguments, started) : PrepareForHub(arguments, started);
    }

    private static PreparedStart PrepareForHub(SiloArguments arguments, IReadOnlyDictionary<string, string> started)
    {
        var settings = ProcessSettingsReader.Read(started, arguments);
        EnterHome(settings.Home);
        MakeDataFolder(settings.Data);
        return Finish(settings, started, started, DataFolderLock.Acquire(settings.Data));
    }

    private static PreparedStart PrepareStandalone(SiloArguments arguments, IReadOnlyDictionary<string, string> started)
    {
        var data = Path.GetFullPath(StandaloneMode.DataFolder(started));
        EnterHome(started.GetValueOrDefault("HOME") is { Length: > 0 } home ? home : throw new StartFailedException("HOME env var must be set"));
        MakeDataFolder(data);
        var folderLock = DataFolderLock.Acquire(data);
        try
        {
            var givenId = started.GetValueOrDefault("COCALC_PROJECT_ID") is { Length: > 0 } id ? id : null;
            var needsToken = string.IsNullOrEmpty(started.GetValueOrDefault("COCALC_SECRET_TOKEN"));
            var completed = StandaloneMode.WithDefaults(started, data, StandaloneState.Prepare(data, givenId, needsToken));
            return Finish(ProcessSettingsReader.Read(completed, arguments, standalone: true), completed, started, folderLock);
        }
        catch
        {
            folderLock.Dispose();
            throw;
        }
    }

    private static PreparedStart Finish(
        ProcessSettings settings,
        IReadOnlyDictionary<string, string> environment,
        IReadOnlyDictionary<string, string> started,
        DataFolderLock folderLock)
    {
        try
        {
            var token = SecretTokenFile.Read(settings);
            var cleaned = CleanedEnvironment.Create(environment, settings, OwnEnvironment.Preload);
            return new PreparedStart(settings, AddressOf(settings.Arguments.Hostname), token, cleaned, started, folderLock);
        }
        catch
        {
            folderLock.Dispose();
            throw;
        }
    }

    /// <summary>An address as it is; a name by its IPv4 address if it has one, since hubs connect with IPv4.</summary>
    private static IPAddress AddressOf(string hostname)
    {
        if (IPAddress.TryParse(hostname, out var address))
        {
            return address;
        }

        try
        {
            var addresses = Dns.GetHostAddresses(hostname);
            return Array.Find(addresses, candidate => candidate.AddressFamily == AddressFamily.InterNetwork) ?? addresses[0];
        }
        catch (SocketException exception)
        {
            throw new StartFailedException(
                $"option '--hostname [string]' argument '{hostname}' is not an address of this machine: {exception.Message}", exception);
        }
    }

    private static void EnterHome(string home)
    {
        try
        {
            Environment.CurrentDirectory = home;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartFailedException($"HOME is not a folder that can be entered: {exception.Message}", exception);
        }
    }

    private static void MakeDataFolder(string data)
    {
        try
        {
            Directory.CreateDirectory(data, OwnerOnly);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartFailedException($"the data folder {data} can't be made: {exception.Message}", exception);
        }
    }
}
