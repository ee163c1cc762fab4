using System.Net.Sockets;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Server.Persist;
using ProjectSilo.Silo.ProjectEnvironment;
using ProjectSilo.Silo.Standalone;

namespace ProjectSilo.Silo.Streams;

/// <summary>
/// <c>streams ls | show PATH | tail PATH</c>: what is in the streams (spec 07), for operators: of the running daemon of this data folder, or with <c>--root</c> of files at rest.
/// </summary>
internal static class StreamsCommand
{
    /// <summary>The first argument that leads here instead of to the daemon.</summary>
    public const string Name = "streams";

    private const int Failure = 1;

    /// <summary>So many messages <c>tail</c> begins with.</summary>
    private const int TailLength = 10;

    private const string Usage = """
        usage: streams ls                  the streams that are in files: bytes, last change, path
               streams show PATH           all messages of a stream, a line of JSON each
               streams tail PATH           the last ones, and then those that come
               streams COMMAND --root DIR  of the files below DIR, of no daemon
        PATH is as `ls` prints it, or the name of a stream of this project. The daemon is that of the folder $DATA, by default the standalone one.
        """;

    /// <summary>Does what is asked for.</summary>
    /// <param name="args">What follows <c>streams</c>.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> Run(string[] args)
    {
        var (root, rest) = args is [.. var before, "--root", var given] ? (given, before) : (null, args);
        if (!(rest is ["ls"] or ["show" or "tail", _]))
        {
            await Console.Error.WriteLineAsync(Usage);
            return Failure;
        }

        try
        {
            var environment = OwnEnvironment.Read();
            if (rest is ["ls"])
            {
                await List(root ?? SyncRoot(environment));
            }
            else if (root is not null)
            {
                await Print(StreamFiles.Read(root, rest[1], rest[0] == "tail" ? TailLength : null));
            }
            else
            {
                await using var stream = await RunningStream.OpenAsync(environment, rest[1]);
                await stream.PrintAsync(rest[0] == "tail" ? TailLength : null);
            }

            return 0;
        }
        catch (Exception exception) when (exception is IOException or SocketException or StartFailedException or UnauthorizedAccessException or TimeoutException or ConatException)
        {
            await Console.Error.WriteLineAsync("error: " + exception.Message);
            return Failure;
        }
    }

    private static string SyncRoot(IReadOnlyDictionary<string, string> environment) =>
        environment.GetValueOrDefault("COCALC_SYNC") is { Length: > 0 } given ? given : Path.Join(StandaloneMode.DataFolder(environment), "sync");

    private static async Task List(string root)
    {
        foreach (var (path, bytes, changed) in StreamFiles.List(root))
        {
            await Console.Out.WriteLineAsync($"{bytes,12} {changed:yyyy-MM-ddTHH:mm:ssZ} {path}");
        }
    }

    private static async Task Print(IEnumerable<ProjectSilo.Conat.Persist.StoredMessage> messages)
    {
        foreach (var message in messages)
        {
            await Console.Out.WriteLineAsync(MessageText.Of(message));
        }
    }
}
