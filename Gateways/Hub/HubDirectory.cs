using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Interfaces.Errors;

namespace ProjectSilo.Gateways.Hub;

/// <summary>The hubs that are connected, and the daemon's calls to them.</summary>
internal sealed class HubDirectory(IOptions<HubGatewayOptions> options, TimeProvider time) : IHubs
{
    private const int MaxBlobBytes = 15_000_000;

    private readonly HubGatewayOptions _options = options.Value;

    /// <summary>Guards the writes of the fields below; <see cref="_active"/> is read without it.</summary>
    private readonly Lock _lock = new();

    /// <summary>Who waits for a stored blob, by its uuid: the confirmation has no <c>id</c> and may come on any connection.</summary>
    private readonly Dictionary<string, List<TaskCompletionSource<WireValue.Members>>> _blobs = new(StringComparer.Ordinal);
    private ImmutableArray<HubSession> _active = [];

    /// <inheritdoc />
    public event Action<bool>? ConnectedChanged;

    /// <inheritdoc />
    public bool IsConnected => !_active.IsEmpty;

    /// <inheritdoc />
    public bool HasGreeted => _active.Any(session => session.HasGreeted);

    /// <summary>Marks a connection active: it has sent a frame.</summary>
    public void Add(HubSession session) => Change(active => active.Add(session));

    public void Remove(HubSession session) => Change(active => active.Remove(session));

    /// <inheritdoc />
    public async Task<WireValue.Members> Query(WireValue query, WireValue? options, CancellationToken cancellationToken, TimeSpan? timeout = null)
    {
        var session = Any("no hub socket available");
        var id = NewId();
        var answers = session.Calls.Open(id);
        try
        {
            session.Send(new WireObject { ["id"] = id, ["query"] = query, ["options"] = options, ["multi_response"] = false, ["event"] = "query" }.Build());
            return Success(await Answer(answers, timeout ?? _options.CallTimeout, cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            session.Calls.End(id);
        }
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<WireValue.Members> Changefeed(WireValue query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var session = Any("no hub socket available");
        var id = NewId();
        var answers = session.Calls.Open(id);
        var endedByHub = false;
        try
        {
            session.Send(new WireObject { ["id"] = id, ["query"] = query, ["changes"] = true, ["multi_response"] = true, ["event"] = "query" }.Build());
            var message = await Answer(answers, _options.CallTimeout, cancellationToken).ConfigureAwait(false);
            while (true)
            {
                endedByHub = message["event"].AsText() == "error";
                yield return Success(message);
                message = await Next(answers, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            session.Calls.End(id);
            if (!endedByHub)
            {
                session.Send(new WireObject { ["event"] = "query_cancel", ["id"] = id }.Build());
            }
        }
    }

    /// <inheritdoc />
    public async Task<string> SaveBlob(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (content.Length > MaxBlobBytes)
        {
            throw new RequestException($"a hub takes at most {MaxBlobBytes} bytes");
        }

        var uuid = Sha1Uuid.Of(content.Span);
        var session = Any("no global hubs are connected to the local hub, so nowhere to send file");
        var saved = new TaskCompletionSource<WireValue.Members>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (!_blobs.TryGetValue(uuid, out var waiting))
            {
                _blobs[uuid] = waiting = [];
            }

            waiting.Add(saved);
        }

        session.SendBlob(uuid, content.Span);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, session.Ended);
        try
        {
            var answer = await saved.Task.WaitAsync(_options.CallTimeout, time, end.Token).ConfigureAwait(false);
            return answer["error"].AsText() is { } error ? throw new RequestException(error) : uuid;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RequestException("socket closed");
        }
        catch (TimeoutException)
        {
            throw new RequestException($"timed out after local hub waited for {_options.CallTimeout.TotalSeconds} seconds");
        }
        finally
        {
            StopWaiting(uuid, saved);
        }
    }

    /// <summary>A hub confirms a blob, or says why it was not stored.</summary>
    public void BlobSaved(WireValue.Members message)
    {
        List<TaskCompletionSource<WireValue.Members>>? waiting = null;
        lock (_lock)
        {
            if (message["sha1"].AsText() is { } uuid)
            {
                _blobs.Remove(uuid, out waiting);
            }
        }

        waiting?.ForEach(saved => saved.TrySetResult(message));
    }

    private void StopWaiting(string uuid, TaskCompletionSource<WireValue.Members> saved)
    {
        lock (_lock)
        {
            if (_blobs.TryGetValue(uuid, out var waiting) && waiting.Remove(saved) && waiting.Count == 0)
            {
                _blobs.Remove(uuid);
            }
        }
    }

    private static string NewId() => Guid.NewGuid().ToString();

    private static WireValue.Members Success(WireValue.Members answer) =>
        answer["event"].AsText() == "error" ? throw new RequestException(answer["error"].AsText() ?? "error") : answer;

    private async Task<WireValue.Members> Answer(ChannelReader<WireValue.Members> answers, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            return await Next(answers, cancellationToken).AsTask().WaitAsync(timeout, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new RequestException($"timeout after {timeout.TotalSeconds}s");
        }
    }

    private static async ValueTask<WireValue.Members> Next(ChannelReader<WireValue.Members> answers, CancellationToken cancellationToken)
    {
        try
        {
            return await answers.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException closed) when (closed.InnerException is RequestException reason)
        {
            throw reason;
        }
    }

    private HubSession Any(string noneText)
    {
        ImmutableArray<HubSession> active = [.. _active.Where(session => session.HasGreeted)];
        active = active.IsEmpty ? _active : active;
        return active.IsEmpty ? throw new RequestException(noneText) : active[Random.Shared.Next(active.Length)];
    }

    private void Change(Func<ImmutableArray<HubSession>, ImmutableArray<HubSession>> change)
    {
        bool before, after;
        lock (_lock)
        {
            before = IsConnected;
            _active = change(_active);
            after = IsConnected;
        }

        if (before != after)
        {
            ConnectedChanged?.Invoke(after);
        }
    }
}
