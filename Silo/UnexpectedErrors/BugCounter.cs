using System.Runtime.ExceptionServices;

namespace ProjectSilo.Silo.UnexpectedErrors;

/// <summary>
/// Unhandled exceptions and unobserved task failures never end the daemon: each is counted and logged (spec 01 §14). The number is in
/// <c>/metrics</c>.
/// </summary>
internal sealed partial class BugCounter
{
    private volatile ILogger? _logger;
    private long _count;

    public long Count => Interlocked.Read(ref _count);

    /// <summary>The one of this process, listening to both kinds of trouble from now on. Call it once.</summary>
    public static BugCounter Install()
    {
        var counter = new BugCounter();
        ExceptionHandling.SetUnhandledExceptionHandler(exception =>
        {
            counter.Report(exception);
            return true;
        });
        TaskScheduler.UnobservedTaskException += (_, failure) =>
        {
            failure.SetObserved();
            counter.Report(failure.Exception);
        };
        return counter;
    }

    /// <summary>Where the lines go, once there is a log.</summary>
    public void LogTo(ILogger logger) => _logger = logger;

    public void Report(Exception exception)
    {
        var count = Interlocked.Increment(ref _count);
        if (_logger is { } logger)
        {
            LogBug(logger, count, exception);
        }
    }
}
