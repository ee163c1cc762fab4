using System.Text.RegularExpressions;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Native;

namespace ProjectSilo.Grains.Project;

/// <summary>The named server <c>rserver</c>, which wants a configuration file and a user (spec 09 §10).</summary>
internal static partial class RServer
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes its folders and its file, and gives the command.</summary>
    public static string Command(NamedServerLaunch launch)
    {
        var environment = launch.Project.Environment;
        var folder = Path.Join(environment.GetValueOrDefault("TMP") is { Length: > 0 } temporary ? temporary : "/tmp", "rserver");
        var data = Path.Join(launch.Project.Home, ".config/rserver");
        var database = Path.Join(data, "db");
        var configuration = Path.Join(folder, "db.conf");
        Directory.CreateDirectory(folder, OwnerOnly);
        RequirePrivate(folder);
        Directory.CreateDirectory(database);
        File.WriteAllText(configuration, $"provider=sqlite\ndirectory={database}");
        // Without an address it listens on all interfaces, and it has no login.
        return $"rserver --server-daemonize=0 --auth-none=1 --auth-encrypt-password=0 --server-user={User(environment)} "
            + $"--database-config-file={Quoted(configuration)} --server-data-dir={Quoted(data)} --server-working-dir={Quoted(launch.Project.Home)} "
            + $"--www-address={launch.Ip} --www-port={launch.Port} --www-root-path={Quoted(launch.Base("server", "rserver") + "/")} "
            + $"--server-pid-file={Quoted(Path.Join(folder, "rserver.pid"))}";
    }

    /// <summary>Others may have made it in <c>/tmp</c>: the server would take its configuration from them.</summary>
    private static void RequirePrivate(string folder)
    {
        if (FileStatus.Read(folder, follow: false) is not { IsFolder: true, Permissions: 0x1C0 /* 0700 */ } status || status.Owner != LibC.geteuid())
        {
            throw new RequestException($"'{PathBytes.Show(folder)}' must be a folder of our own with mode 0700");
        }
    }

    /// <summary><c>USER</c> if the machine knows that user, else <c>user</c>.</summary>
    private static string User(IReadOnlyDictionary<string, string> environment) =>
        environment.GetValueOrDefault("USER") is { Length: > 0 } user
        && UserName().IsMatch(user)
        && File.ReadLines("/etc/passwd").Any(line => line.StartsWith(user + ":", StringComparison.Ordinal))
            ? user
            : "user";

    /// <summary>A word of shell text in double quotes.</summary>
    private static string Quoted(string path) => $"\"{SpecialInQuotes().Replace(path, @"\$0")}\"";

    [GeneratedRegex("^[A-Za-z0-9_][A-Za-z0-9_.-]*$", RegexOptions.CultureInvariant)]
    private static partial Regex UserName();

    [GeneratedRegex("[\"\\\\$`]", RegexOptions.CultureInvariant)]
    private static partial Regex SpecialInQuotes();
}
