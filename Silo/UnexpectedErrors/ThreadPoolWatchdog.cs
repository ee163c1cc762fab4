using ProjectSilo.Grains.Native;

namespace ProjectSilo.Silo.UnexpectedErrors;

/// <summary>
/// Ends the process when its thread pool has died, which happens where the system refuses new threads (a full process table, a fork bomb). Such a daemon would
/// answer nothing for ever, but look alive to its hub; ended, it is started anew. A thread of its own asks the pool regularly whether it still works.
/// </summary>
internal sealed partial class ThreadPoolWatchdog : IDisposable
{
    private const int StackBytes = 128 * 1024;
    private const int Failure = 1;

    private readonly ManualResetEventSlim _stop = new();
    private readonly TimeSpan _interval;
    private readonly int _maxMissed;
    private readonly ILogger _logger;
    private int _missed;

    /// <summary>Begins to watch.</summary>
    /// <param name="interval">Between two questions.</param>
    /// <param name="maxMissed">After so many unanswered ones in a row the process ends.</param>
    /// <param name="logger">Told before the end.</param>
    public ThreadPoolWatchdog(TimeSpan interval, int maxMissed, ILogger logger)
    {
        _interval = interval;
        _maxMissed = maxMissed;
        _logger = logger;
        new Thread(Watch, StackBytes) { IsBackground = true, Name = "thread pool watchdog" }.Start();
    }

    public void Dispose() => _stop.Set();

    private void Watch()
    {
        while (!_stop.Wait(_interval))
        {
            if (Interlocked.Increment(ref _missed) > _maxMissed)
            {
                LogDead(_logger, _maxMissed * _interval);
                OwnProcess.ExitAtOnce(Failure);
            }

            try
            {
                ThreadPool.UnsafeQueueUserWorkItem(static watchdog => Interlocked.Exchange(ref watchdog._missed, 0), this, preferLocal: false);
            }
            catch (OutOfMemoryException)
            {
                // No thread for the pool: counted as missed.
                continue;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "The thread pool has not answered for {Time}: the process ends")]
    private static partial void LogDead(ILogger logger, TimeSpan time);
}
