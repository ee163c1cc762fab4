using System.Globalization;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Sockets;
using ProjectSilo.Conat.Transports.SocketIo;
using ProjectSilo.Conat.Values;
using ProjectSilo.Silo.Calling;
using ProjectSilo.Silo.Standalone;

namespace ProjectSilo.Silo.Streams;

/// <summary>A stream of a running standalone daemon, over its bus, as the project.</summary>
internal sealed class RunningStream : IAsyncDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(30);

    private readonly ConatClient _client;
    private readonly ConatSocketConnector _socket;

    private RunningStream(ConatClient client, ConatSocketConnector socket) => (_client, _socket) = (client, socket);

    /// <summary>Connects as the project to the daemon of this data folder.</summary>
    /// <param name="environment">Says which folder.</param>
    /// <param name="path">The storage path, or the name of a stream of the project.</param>
    /// <exception cref="IOException">There is no such daemon.</exception>
    /// <exception cref="ConatException">The daemon refuses.</exception>
    public static async Task<RunningStream> OpenAsync(IReadOnlyDictionary<string, string> environment, string path)
    {
        var folder = StandaloneMode.DataFolder(environment);
        var port = await File.ReadAllTextAsync(Path.Join(folder, "browser-server.port"));
        var tokenPath = environment.GetValueOrDefault("COCALC_SECRET_TOKEN") is { Length: > 0 } given ? given : Path.Join(folder, StandaloneState.TokenFile);
        var token = await File.ReadAllTextAsync(tokenPath);
        var info = WireJson.TryParse(await File.ReadAllBytesAsync(Path.Join(folder, "info.json")), out var value) ? value as WireValue.Members : null;
        if (info?["project_id"].AsText() is not { } projectId || info["base_path"].AsText() is not { } basePath)
        {
            throw new IOException($"{folder}/info.json doesn't say which project this is");
        }

        var owner = PersistOwner.Project(projectId);
        var storagePath = path.StartsWith(owner.Folder + "/", StringComparison.Ordinal) ? path : StoragePath.Of(owner, path);
        var host = await CallCommand.HubAddress(folder);
        var address = new UriBuilder("http", host.ToString(), int.Parse(port, CultureInfo.InvariantCulture), basePath).Uri;
        var transport = new SocketIoTransport(new SocketIoOptions { Address = address, Cookie = () => new(ConatNames.ProjectCookie(basePath, projectId, token)) });
        var client = new ConatClient(transport, new ConatClientOptions { InboxPrefix = ConatNames.ProjectInbox(projectId) });
        try
        {
            await client.ConnectAsync().WaitAsync(ConnectTimeout);
            var id = (await client.RequestAsync(PersistSubjects.LoadBalancer(owner), WireValue.Null)).Data.AsText() ?? "";
            var socket = client.ConnectSocket(PersistSubjects.Of(owner), new ConatSocketOptions { Reconnection = false, FindListener = _ => Task.FromResult(id) });
            socket.Write(new PersistOpen(storagePath).ToWire());
            return new RunningStream(client, socket);
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>Prints what there is; if only the last ones are asked for, those that come as well, until the daemon or the reader ends.</summary>
    /// <param name="last">Only so many, or null.</param>
    public async Task PrintAsync(int? last)
    {
        if (last is not null)
        {
            await AskAsync(PersistCommands.Changefeed);
        }

        var rest = new Queue<StoredMessage>();
        var newest = 0L;
        await foreach (var message in ReadAllAsync())
        {
            newest = message.Seq;
            rest.Enqueue(message);
            if (last is null || rest.Count > last)
            {
                var first = rest.Dequeue();
                if (last is null)
                {
                    await Console.Out.WriteLineAsync(MessageText.Of(first));
                }
            }
        }

        foreach (var message in rest)
        {
            await Console.Out.WriteLineAsync(MessageText.Of(message));
        }

        if (last is not null)
        {
            await FollowAsync(newest);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _socket.DisposeAsync();
        await _client.DisposeAsync();
    }

    private async Task AskAsync(string command)
    {
        var options = new PublishOptions { Headers = new WireObject { [PersistHeaders.Command] = command }.Build() };
        var answer = await _socket.RequestAsync(WireValue.Null, options);
        if (ConatHeaders.ErrorIn(answer.Headers) is { } error)
        {
            throw error;
        }
    }

    private async IAsyncEnumerable<StoredMessage> ReadAllAsync()
    {
        var options = new PublishOptions { Headers = new WireObject { [PersistHeaders.Command] = PersistCommands.GetAll }.Build() };
        await foreach (var part in _socket.RequestManyAsync(WireValue.Null, options, AnswerTimeout))
        {
            if (ConatHeaders.ErrorIn(part.Headers) is { } error)
            {
                throw error;
            }

            if (part.Data is not WireValue.Items items)
            {
                yield break;
            }

            foreach (var item in items.Values)
            {
                if (StoredMessage.TryRead(item, out var message))
                {
                    yield return message!;
                }
            }
        }

        throw new TimeoutException("the daemon didn't send all messages in time");
    }

    private async Task FollowAsync(long newest)
    {
        await foreach (var frame in (IAsyncEnumerable<ConatMessage>)_socket)
        {
            foreach (var item in frame.Data is WireValue.Items items ? items.Values : [])
            {
                if (StreamEvent.TryRead(item, out var one) && !(one is StreamEvent.Stored stored && stored.Message.Seq <= newest))
                {
                    await Console.Out.WriteLineAsync(MessageText.Of(one!));
                }
            }
        }
    }
}
