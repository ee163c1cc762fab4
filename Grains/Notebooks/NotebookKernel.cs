using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Kernels;

namespace ProjectSilo.Grains.Notebooks;

/// <summary>The kernel of a notebook's run; after one that has ended there is a fresh one (spec 10 §12).</summary>
/// <param name="make">A kernel that has not been used.</param>
/// <param name="options">Which.</param>
/// <param name="directory">The installed kernels.</param>
/// <param name="retryTime">One that can't be started is tried again for so long, once in a run.</param>
/// <param name="time">The clock.</param>
internal sealed class NotebookKernel(Func<IKernelGrain> make, KernelOptions options, IKernelDirectoryGrain directory, TimeSpan retryTime, TimeProvider time) : IAsyncDisposable
{
    private const double RetryGrowth = 1.4;

    private static readonly TimeSpan FirstRetryDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRetryDelay = TimeSpan.FromSeconds(5);

    private IKernelGrain? _kernel;
    private bool _mayRetry = true;

    /// <summary>The kernel, which can execute.</summary>
    /// <exception cref="RequestException">It could not be started, in the words of spec 10 §5.1.</exception>
    public async Task<IKernelGrain> Get(CancellationToken cancellationToken)
    {
        // One that didn't heed its time limit was ended.
        if (_kernel is not null && (await _kernel.Status().ConfigureAwait(false)).State != KernelState.Running)
        {
            await Drop().ConfigureAwait(false);
        }

        if (_kernel is not null)
        {
            return _kernel;
        }

        var begun = time.GetTimestamp();
        var delay = FirstRetryDelay;
        while (true)
        {
            try
            {
                return await Start(cancellationToken).ConfigureAwait(false);
            }
            catch (RequestException) when (_mayRetry && time.GetElapsedTime(begun) + delay < retryTime)
            {
                // One that isn't installed will not be.
                _mayRetry = await directory.Find(options.Kernel, isFresh: true).ConfigureAwait(false) is not null;
                if (!_mayRetry)
                {
                    throw;
                }
            }
            catch (RequestException)
            {
                _mayRetry = false;
                throw;
            }

            await Task.Delay(delay, time, cancellationToken).ConfigureAwait(false);
            delay = Min(delay * RetryGrowth, LongestRetryDelay);
        }
    }

    /// <summary>Ends it, with all that it started.</summary>
    public async Task Drop()
    {
        if (_kernel is { } kernel)
        {
            _kernel = null;
            await kernel.Close().ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync() => await Drop().ConfigureAwait(false);

    private async Task<IKernelGrain> Start(CancellationToken cancellationToken)
    {
        _kernel = make();
        try
        {
            await _kernel.Configure(options).ConfigureAwait(false);
            await _kernel.Start(cancellationToken).ConfigureAwait(false);
            return _kernel;
        }
        catch
        {
            await Drop().ConfigureAwait(false);
            throw;
        }
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
