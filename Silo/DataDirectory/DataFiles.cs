using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using ProjectSilo.Conat.Values;
using ProjectSilo.Silo.ProjectEnvironment;

namespace ProjectSilo.Silo.DataDirectory;

/// <summary>
/// The files in <c>$DATA</c> by which hubs and scripts find the daemon (spec 01 §7). Plain text, no trailing newline, mode 0644 under umask 022.
/// </summary>
internal sealed class DataFiles(string folder, DataFolderLock folderLock)
{
    /// <summary>The address beside <c>hub-server.port</c>, e.g. <c>127.0.0.1</c> or <c>::1</c>: ours, for <c>call</c>; hubs know where their projects are.</summary>
    public const string HubAddressFile = "hub-server.address";

    private static readonly string[] PortFiles = ["hub-server.port", HubAddressFile, "browser-server.port", "api-server.port"];

    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary><c>info.json</c>: read by the Sage server and user scripts, members in this order.</summary>
    public void WriteInfo(ProcessSettings settings, string host)
    {
        var json = new ArrayBufferWriter<byte>();
        WireJson.Write(
            new WireObject
            {
                ["project_id"] = settings.ProjectId,
                ["location"] = new WireObject { ["host"] = host, ["username"] = settings.Username }.Build(),
                ["base_path"] = settings.BasePath,
                ["base_url"] = settings.BasePath,
            }.Build(),
            json);
        Write("info.json", json.WrittenSpan);
    }

    /// <summary><c>start-timestamp.txt</c> and <c>session-id.txt</c>.</summary>
    public void WriteSession(ProcessSession session)
    {
        Write("start-timestamp.txt", session.StartedAt.ToUnixTimeMilliseconds());
        Write("session-id.txt", Encoding.UTF8.GetBytes(session.SessionId));
    }

    /// <summary>
    /// <c>project.pid</c>: a hub takes the daemon for dead if the file is older than the machine's boot. Nothing is written into a folder that a hub
    /// has made anew for another daemon.
    /// </summary>
    /// <returns>Whether the folder is still ours.</returns>
    public bool RefreshPid()
    {
        if (!folderLock.IsCurrent)
        {
            return false;
        }

        Write("project.pid", Environment.ProcessId);
        return true;
    }

    public void WriteApiPort(int port) => Write("api-server.port", port);

    public void WriteBrowserPort(int port) => Write("browser-server.port", port);

    public void WriteHubAddress(IPAddress address) => Write(HubAddressFile, Encoding.ASCII.GetBytes(address.ToString()));

    /// <summary><c>hub-server.port</c> is the hub's sign that the daemon is ready: write it last.</summary>
    public void WriteHubPort(int port) => Write("hub-server.port", port);

    /// <summary><c>root</c>: link to <c>/</c>, for paths of the form <c>.smc/root/...</c>. What is there stays.</summary>
    /// <returns>Whether it is there.</returns>
    public bool LinkRoot() => Link("root", "/");

    /// <summary><c>secret_token</c>: link to the token file, for scripts that look for the older name (spec 01 §5).</summary>
    /// <returns>Whether it is there.</returns>
    public bool LinkToken(string tokenPath) => Link("secret_token", tokenPath);

    /// <summary>On stop: no port of a daemon that is gone may be found, and the pid goes last.</summary>
    public void RemoveAtStop()
    {
        if (folderLock.IsCurrent)
        {
            RemovePorts();
            File.Delete(Path.Join(folder, "project.pid"));
        }
    }

    /// <summary>Before our pid is written: ports that a killed daemon has left would be taken for ours, and us for ready.</summary>
    public void RemovePorts()
    {
        foreach (var name in PortFiles)
        {
            File.Delete(Path.Join(folder, name));
        }
    }

    private bool Link(string name, string target)
    {
        var path = Path.Join(folder, name);
        try
        {
            if (!Path.Exists(path) && new FileInfo(path).LinkTarget is null)
            {
                File.CreateSymbolicLink(path, target);
            }

            return true;
        }
        catch (IOException)
        {
            // Not every file system has links, and the daemon can do without these.
            return false;
        }
    }

    private void Write(string name, long number) => Write(name, Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture)));

    private void Write(string name, ReadOnlySpan<byte> content) => AtomicFile.Write(Path.Join(folder, name), content, Mode, flush: false);
}
