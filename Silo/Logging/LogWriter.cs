using System.Globalization;
using System.Text;

namespace ProjectSilo.Silo.Logging;

/// <summary>
/// The one writer of log lines: callers put a line in a bounded queue and go on; a thread of its own writes, and rotates the file. Where the file hangs (a pipe that
/// nobody reads, a dead network mount) only that thread waits.
/// </summary>
internal sealed class LogWriter : IAsyncDisposable
{
    private const int StackBytes = 256 * 1024;
    private const int MaxBatchCharacters = 64 * 1024;
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromMilliseconds(500);

    private readonly LogSettings _settings;
    private readonly LogOptions _options;
    private readonly TimeProvider _time;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lines that wait; full, new ones are dropped and counted. Itself the lock of the fields below, and pulsed when one of them changes.</summary>
    private readonly Queue<string> _lines = new();
    private long _dropped;
    private bool _isComplete;

    /// <summary>Only the writing thread uses it.</summary>
    private FileStream? _file;

    public LogWriter(LogSettings settings, LogOptions options, TimeProvider time)
    {
        _settings = settings;
        _options = options;
        _time = time;
        new Thread(WriteAll, StackBytes) { IsBackground = true, Name = "log writer" }.Start();
    }

    /// <summary>Queues one line: ISO time, <c>(pid):</c>, name and text. Never waits for the file.</summary>
    public void Write(string fullName, string text)
    {
        var time = _time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var line = $"{time} ({Environment.ProcessId}):{fullName} {text}\n";
        lock (_lines)
        {
            if (_isComplete || _lines.Count >= _options.QueueLines)
            {
                _dropped++;
                return;
            }

            _lines.Enqueue(line);
            Monitor.Pulse(_lines);
        }
    }

    /// <summary>Writes out what is queued, for half a second at most.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lines)
        {
            _isComplete = true;
            Monitor.Pulse(_lines);
        }

        await Task.WhenAny(_ended.Task, Task.Delay(FlushTimeout, _time));
    }

    private void WriteAll()
    {
        var batch = new StringBuilder();
        while (TakeBatch(batch))
        {
            WriteBatch(Encoding.UTF8.GetBytes(batch.ToString()));
        }

        _file?.Dispose();
        _ended.SetResult();
    }

    /// <summary>Waits for lines.</summary>
    /// <returns>False if there are none and none will come.</returns>
    private bool TakeBatch(StringBuilder batch)
    {
        batch.Clear();
        lock (_lines)
        {
            while (_lines.Count == 0 && !_isComplete)
            {
                Monitor.Wait(_lines);
            }

            while (batch.Length < MaxBatchCharacters && _lines.TryDequeue(out var line))
            {
                batch.Append(line);
            }

            if (_dropped > 0)
            {
                batch.Append(CultureInfo.InvariantCulture, $"({_dropped} lines dropped: the log is slower than its writers)\n");
                _dropped = 0;
            }
        }

        return batch.Length > 0;
    }

    private void WriteBatch(byte[] bytes)
    {
        try
        {
            if (_settings.Console)
            {
                using var console = Console.OpenStandardError();
                console.Write(bytes);
            }

            if (_settings.File is { } path)
            {
                AppendToFile(path, bytes);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // There is nowhere to report it: this is the log. The next batch tries again with a newly opened file.
            _file?.Dispose();
            _file = null;
        }
    }

    private void AppendToFile(string path, byte[] bytes)
    {
        _file ??= Open(path);
        if (_file is { CanSeek: true, Length: > 0 } && _file.Length + bytes.Length > _options.MaxFileBytes)
        {
            _file.Dispose();
            _file = null;
            File.Move(path, path + ".1", overwrite: true);
            _file = Open(path);
        }

        _file.Write(bytes);
    }

    private static FileStream Open(string path) =>
        new(path, new FileStreamOptions
        {
            Mode = FileMode.Append,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        });
}
