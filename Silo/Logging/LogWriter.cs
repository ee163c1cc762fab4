using System.Globalization;
using System.Text;
using System.Threading.Channels;

namespace ProjectSilo.Silo.Logging;

/// <summary>The one writer of log lines: callers put a line in a bounded queue and go on; a background task writes, and rotates the file.</summary>
internal sealed class LogWriter : IAsyncDisposable
{
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromMilliseconds(500);

    private readonly LogSettings _settings;
    private readonly LogOptions _options;
    private readonly TimeProvider _time;
    private readonly Channel<string> _lines;
    private readonly Task _writing;
    private FileStream? _file;
    private long _dropped;

    public LogWriter(LogSettings settings, LogOptions options, TimeProvider time)
    {
        _settings = settings;
        _options = options;
        _time = time;
        // TryWrite on a full queue fails, and then the line is dropped.
        _lines = Channel.CreateBounded<string>(new BoundedChannelOptions(options.QueueLines) { SingleReader = true });
        _writing = WriteAsync();
    }

    /// <summary>Queues one line: ISO time, <c>(pid):</c>, name and text. Never blocks.</summary>
    public void Write(string fullName, string text)
    {
        var time = _time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        if (!_lines.Writer.TryWrite($"{time} ({Environment.ProcessId}):{fullName} {text}\n"))
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    /// <summary>Writes out what is queued, for half a second at most.</summary>
    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        await Task.WhenAny(_writing, Task.Delay(FlushTimeout, _time));
        if (_writing.IsCompleted)
        {
            _file?.Dispose();
        }
    }

    private async Task WriteAsync()
    {
        var batch = new StringBuilder();
        while (await _lines.Reader.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Length < 64 * 1024 && _lines.Reader.TryRead(out var line))
            {
                batch.Append(line);
            }

            if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
            {
                batch.Append(CultureInfo.InvariantCulture, $"({dropped} lines dropped: the log is slower than its writers)\n");
            }

            WriteBatch(Encoding.UTF8.GetBytes(batch.ToString()));
        }
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
