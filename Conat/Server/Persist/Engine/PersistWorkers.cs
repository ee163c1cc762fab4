using Microsoft.Extensions.Logging;

namespace ProjectSilo.Conat.Server.Persist.Engine;

/// <summary>
/// Carries out the work of streams that wait for the disk, on a few threads: each stream is on one of them at a time, and streams are served in turn. A thread serves until
/// there is nothing to do, or its time is up.
/// </summary>
internal sealed partial class PersistWorkers
{
    /// <summary>So long a thread stays, if there is work: who lends it may want to give it to others.</summary>
    private static readonly TimeSpan MaxStay = TimeSpan.FromMilliseconds(100);

    /// <summary>After a refusal it is asked for a thread again.</summary>
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(200);

    private readonly Func<Action, Task> _runBlocking;
    private readonly int _maxThreads;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _retry;

    /// <summary>Guards the two below.</summary>
    private readonly Lock _gate = new();

    /// <summary>Streams that have work, each once: bounded by the streams that are open.</summary>
    private readonly Queue<PersistStream> _ready = new();
    private int _threads;

    public PersistWorkers(Func<Action, Task>? runBlocking, int maxThreads, TimeProvider time, ILogger logger)
    {
        _runBlocking = runBlocking ?? (static work => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        (_maxThreads, _time, _logger) = (maxThreads, time, logger);
        _retry = time.CreateTimer(_ => BringThread(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The stream has work. It isn't given here again before <see cref="PersistStream.RunNext"/> has said that there is no more.</summary>
    public void Schedule(PersistStream stream)
    {
        lock (_gate)
        {
            _ready.Enqueue(stream);
        }

        BringThread();
    }

    private void BringThread()
    {
        lock (_gate)
        {
            if (_ready.Count == 0 || _threads >= _maxThreads)
            {
                return;
            }

            _threads++;
        }

        try
        {
            _ = WatchAsync(_runBlocking(Serve));
        }
        catch (Exception exception)
        {
            Refused(exception);
        }
    }

    private async Task WatchAsync(Task serving)
    {
        try
        {
            await serving.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // The edge: no thread could be had. What is wrong with a stream's work is that work's error.
            Refused(exception);
        }
    }

    private void Refused(Exception exception)
    {
        LogRefused(_logger, exception);
        lock (_gate)
        {
            _threads--;
        }

        _retry.Change(RetryDelay, Timeout.InfiniteTimeSpan);
    }

    private void Serve()
    {
        var start = _time.GetTimestamp();
        while (true)
        {
            PersistStream? stream;
            lock (_gate)
            {
                if (_time.GetElapsedTime(start) > MaxStay || !_ready.TryDequeue(out stream))
                {
                    _threads--;
                    break;
                }
            }

            if (stream.RunNext())
            {
                lock (_gate)
                {
                    _ready.Enqueue(stream);
                }
            }
        }

        // If its time is up, there may be more.
        BringThread();
    }

    [LoggerMessage(LogLevel.Error, "There is no thread for the work of streams; it is asked for again")]
    private static partial void LogRefused(ILogger logger, Exception exception);
}
