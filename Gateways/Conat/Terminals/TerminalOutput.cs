using Microsoft.Extensions.Logging;
using ProjectSilo.Conat;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Stores;
using ProjectSilo.Grains.Interfaces.Terminals;

namespace ProjectSilo.Gateways.Conat.Terminals;

/// <summary>The stream of a terminal (spec 11 §4): what its grain says is written here, by one caller.</summary>
internal sealed partial class TerminalOutput(
    ConatClient client, ProjectStores stores, string path, TerminalStreamOptions options, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private const string Discarded = "\r\n[excessive output discarded]\r\n\r\n";

    /// <summary>So many entries may be on their way to the server; then the terminal waits, and with it its programs.</summary>
    private const int MaxUnsaved = 8;

    /// <summary>Rows to push out of view what was shown before, if the terminal's height is unknown; and so many more.</summary>
    private const int UsualRows = 40;
    private static readonly TimeSpan DiscardedInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SaveTime = TimeSpan.FromSeconds(2);

    /// <summary>So long the first entry waits for the first output.</summary>
    private static readonly TimeSpan FirstOutputTime = TimeSpan.FromMilliseconds(15);

    private readonly CancellationTokenSource _end = new();

    /// <summary>Keeps what is published in order, and guards the two below.</summary>
    private readonly Lock _publishing = new();

    /// <summary>The first entry, while it waits for the first output.</summary>
    private string? _padding;
    private TaskCompletionSource? _first;
    private TaskCompletionSource _started = NewSource();
    private TaskCompletionSource _cleared = NewSource();
    private volatile bool _hasStarted;
    private Dstream? _stream;
    private bool _isEphemeral;

    /// <summary>2 while the text is shown and was asked for again, 1 while it is shown.</summary>
    private int _discarding;

    /// <summary>Whether there is a stream with a first entry.</summary>
    public bool HasStarted => _hasStarted;

    /// <summary>Completes when the next process has its first entry in the stream.</summary>
    public Task NextStart => Volatile.Read(ref _started).Task;

    /// <summary>Completes when the stream has been emptied the next time, or can't be.</summary>
    public Task NextClear => Volatile.Read(ref _cleared).Task;

    /// <summary>A process begins: the stream is opened, if it isn't yet, for as long as it takes.</summary>
    public async Task StartAsync(TerminalStart start, CancellationToken cancellationToken)
    {
        if (_stream is not null && _isEphemeral != start.IsEphemeral)
        {
            await CloseStreamAsync().ConfigureAwait(false);
        }

        if (_stream is null)
        {
            var limits = new StreamConfigurationChange
            {
                MaxBytes = options.HistoryLimitBytes,
                MaxBytesPerSecond = options.MaxBytesPerSecond,
                MaxMsgsPerSecond = options.MaxMessagesPerSecond,
            };
            _stream = await client.OpenDstreamAsync(stores.Terminal(path, start.IsEphemeral) with { Config = limits }, cancellationToken).ConfigureAwait(false);
            _stream.Rejected += OnRejected;
            _isEphemeral = start.IsEphemeral;
        }

        Publish(_stream, null);
        var first = NewSource();
        lock (_publishing)
        {
            (_padding, _first) = (string.Concat(Enumerable.Repeat("\r\n", (start.Rows ?? UsualRows) + UsualRows)), first);
        }

        _ = BeginAsync(_stream, first.Task);
    }

    /// <summary>Appends an entry. Waits while too many are on their way.</summary>
    public async Task WriteAsync(string text, CancellationToken cancellationToken)
    {
        if (_stream is not { } stream)
        {
            return;
        }

        if (stream.UnsavedChanges().Count >= MaxUnsaved)
        {
            await stream.SaveAsync(cancellationToken).ConfigureAwait(false);
        }

        Publish(stream, text);
    }

    /// <summary>Sees to it that the first entry is there, if no output has taken it along, and tells when it is stored.</summary>
    private async Task BeginAsync(Dstream stream, Task firstOutput)
    {
        var cancellationToken = _end.Token;
        await firstOutput.WaitAsync(FirstOutputTime, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            Publish(stream, null);
            await stream.SaveAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ConatException or OperationCanceledException)
        {
            LogNotSaved(logger, path, exception);
            return;
        }

        _hasStarted = true;
        Interlocked.Exchange(ref _started, NewSource()).SetResult();
    }

    /// <summary>Publishes the first entry, if it isn't yet, and a text, if there is one, in one request: what comes a moment later reaches followers 30 ms later.</summary>
    private void Publish(Dstream stream, string? text)
    {
        lock (_publishing)
        {
            var padding = _padding;
            _padding = null;
            switch (padding, text)
            {
                case (not null, not null):
                    stream.Push(padding, text);
                    break;
                case (not null, null) or (null, not null):
                    stream.Publish(padding ?? text!);
                    break;
            }

            _first?.TrySetResult();
        }
    }

    /// <summary>Deletes all entries. That it can't be done now is no failure of the kill that asks for it.</summary>
    public async Task ClearAsync(CancellationToken cancellationToken)
    {
        lock (_publishing)
        {
            _padding = null;
        }

        try
        {
            await (_stream?.DeleteAsync(new StreamDeletion { All = true }, cancellationToken) ?? Task.CompletedTask).ConfigureAwait(false);
        }
        catch (ConatException exception)
        {
            LogNotCleared(logger, path, exception);
        }

        Interlocked.Exchange(ref _cleared, NewSource()).SetResult();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await CloseStreamAsync().ConfigureAwait(false);
        _end.Dispose();
    }

    private async Task CloseStreamAsync()
    {
        if (_stream is not { } stream)
        {
            return;
        }

        await SaveLastAsync(stream).ConfigureAwait(false);
        stream.Rejected -= OnRejected;
        _stream = null;
        await stream.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>What is still on its way is waited for a little.</summary>
    private async Task SaveLastAsync(Dstream stream)
    {
        try
        {
            await stream.SaveAsync().WaitAsync(SaveTime, time).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ConatException or TimeoutException)
        {
            LogNotSaved(logger, path, exception);
        }
    }

    /// <summary>Says so at once, and then at most once a second.</summary>
    private void OnRejected(DstreamReject reject)
    {
        if (Interlocked.CompareExchange(ref _discarding, 1, 0) == 0)
        {
            _ = SayDiscarded(_end.Token);
        }
        else
        {
            Volatile.Write(ref _discarding, 2);
        }
    }

    private async Task SayDiscarded(CancellationToken cancellationToken)
    {
        try
        {
            do
            {
                Volatile.Write(ref _discarding, 1);
                _stream?.Publish(Discarded);
                await Task.Delay(DiscardedInterval, time, cancellationToken).ConfigureAwait(false);
            }
            while (Interlocked.CompareExchange(ref _discarding, 0, 1) != 1);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ConatException)
        {
            // The stream is closed.
            Volatile.Write(ref _discarding, 0);
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The last output of terminal {Path} could not be saved")]
    private static partial void LogNotSaved(ILogger logger, string path, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The stream of terminal {Path} could not be emptied")]
    private static partial void LogNotCleared(ILogger logger, string path, Exception exception);
}
