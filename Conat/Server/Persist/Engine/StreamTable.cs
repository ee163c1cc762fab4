using Microsoft.Extensions.Logging;
using ProjectSilo.Conat.Server.Persist.Storage;

namespace ProjectSilo.Conat.Server.Persist.Engine;

/// <summary>The streams that are open (spec 07 §1.11): one of each path, which all sockets share. It opens with the first and closes with the last.</summary>
internal sealed class StreamTable : IDisposable
{
    private const string Extension = ".db";

    /// <summary>So often streams forget what only takes memory.</summary>
    private static readonly TimeSpan TidyInterval = TimeSpan.FromMinutes(1);

    private readonly PersistServerOptions _options;
    private readonly StreamResources _resources;
    private readonly ITimer _tidying;

    /// <summary>Guards all below.</summary>
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _streams = new(StringComparer.Ordinal);

    /// <summary>Files that are being closed: a stream is not opened before its file is free.</summary>
    private readonly Dictionary<string, Task> _closing = new(StringComparer.Ordinal);

    public StreamTable(PersistServerOptions options, TimeProvider time, ILogger logger)
    {
        _options = options;
        _resources = new StreamResources(
            new PersistWorkers(options.RunBlocking, options.MaxThreads, time, logger),
            new OpenFiles(options.MaxOpenFiles, options.FileIdleTime, time),
            options.ArchiveInterval,
            time,
            logger);
        _tidying = time.CreateTimer(_ => Tidy(), null, TidyInterval, TidyInterval);
    }

    /// <summary>Files that are open now.</summary>
    public int OpenFileCount => _resources.Files.Count;

    /// <summary>Streams that are open now.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _streams.Count;
            }
        }
    }

    /// <summary>The stream of <paramref name="path"/>, until <see cref="Close"/>. Whoever is first decides what kind it is.</summary>
    public PersistStream Open(string path, bool isEphemeral, bool isSync)
    {
        lock (_gate)
        {
            if (!_streams.TryGetValue(path, out var entry))
            {
                entry = new Entry(New(path, isEphemeral, isSync));
                _streams.Add(path, entry);
            }

            entry.Users++;
            return entry.Stream;
        }
    }

    /// <summary>One user less.</summary>
    public void Close(PersistStream stream)
    {
        lock (_gate)
        {
            if (!_streams.TryGetValue(stream.Path, out var entry) || entry.Stream != stream || --entry.Users > 0)
            {
                return;
            }

            _streams.Remove(stream.Path);
            if (!stream.IsEphemeral)
            {
                _closing[stream.Path] = stream.Closed;
            }
        }

        stream.Close();
        if (!stream.IsEphemeral)
        {
            _ = ForgetAsync(stream);
        }
    }

    /// <summary>Waits until all files are closed whose streams are.</summary>
    public async Task WhenClosedAsync(CancellationToken cancellationToken)
    {
        Task[] closing;
        lock (_gate)
        {
            closing = [.. _closing.Values];
        }

        await Task.WhenAll(closing).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What is open stays so: <see cref="Close"/> closes it.</summary>
    public void Dispose() => _tidying.Dispose();

    private void Tidy()
    {
        PersistStream[] streams;
        lock (_gate)
        {
            streams = [.. _streams.Values.Select(entry => entry.Stream)];
        }

        foreach (var stream in streams)
        {
            stream.Tidy();
        }
    }

    private async Task ForgetAsync(PersistStream stream)
    {
        await stream.Closed.ConfigureAwait(false);
        lock (_gate)
        {
            if (_closing.TryGetValue(stream.Path, out var closed) && closed == stream.Closed)
            {
                _closing.Remove(stream.Path);
            }
        }
    }

    private PersistStream New(string path, bool isEphemeral, bool isSync)
    {
        if (isEphemeral)
        {
            return PersistStream.Ephemeral(path, _resources);
        }

        var copies = new StreamCopies(CopyIn(_options.ArchiveRoot, path), CopyIn(_options.BackupRoot, path));
        var store = new SqliteStore(Path.Join(_options.Root, path + Extension), isSync, copies);
        return PersistStream.Persistent(path, store, copies, _resources, _closing.GetValueOrDefault(path) ?? Task.CompletedTask);
    }

    private static string? CopyIn(string? root, string path) => root is null ? null : Path.Join(root, path + Extension);

    private sealed class Entry(PersistStream stream)
    {
        public PersistStream Stream { get; } = stream;

        /// <summary>Sockets that have it open.</summary>
        public int Users { get; set; }
    }
}
