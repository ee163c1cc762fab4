using ProjectSilo.Grains.Interfaces;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Kernels;

namespace ProjectSilo.Grains.Notebooks;

/// <summary>Executions whose end is waited for, and kernels by their names.</summary>
internal static class KernelCalls
{
    /// <summary>A timer can't be set further: about 24 days.</summary>
    private const double LongestTimeoutMilliseconds = int.MaxValue;

    /// <summary>The kernel of this name, in any case; null if it isn't installed.</summary>
    public static async Task<KernelSpec?> Find(this IKernelDirectoryGrain directory, string name, bool isFresh = false)
    {
        foreach (var spec in await directory.Kernels(isFresh).ConfigureAwait(false))
        {
            if (spec.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return spec;
            }
        }

        return null;
    }

    /// <summary>Executes code to its end.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="code">The code.</param>
    /// <param name="timeoutMilliseconds">Then it is interrupted; 0: never.</param>
    /// <param name="take">Gets what comes of it; not called at the same time twice.</param>
    /// <param name="cancellationToken">Cancels the execution.</param>
    /// <param name="isSilent">As <see cref="ExecuteRequest.IsSilent"/>.</param>
    /// <exception cref="RequestException">The process could not be started, or ended by itself.</exception>
    public static async Task Run(
        this IKernelGrain kernel, Utf8Text code, double timeoutMilliseconds, Action<KernelItem> take, CancellationToken cancellationToken, bool isSilent = false)
    {
        var request = new ExecuteRequest
        {
            Id = Guid.NewGuid().ToString(),
            Code = code,
            IsSilent = isSilent,
            Timeout = timeoutMilliseconds > 0 ? TimeSpan.FromMilliseconds(Math.Min(timeoutMilliseconds, LongestTimeoutMilliseconds)) : null,
        };
        await foreach (var item in kernel.Execute(request, cancellationToken).WithBatchSize(KernelItem.ReadAhead).ConfigureAwait(false))
        {
            if (item.IsDone)
            {
                return;
            }

            take(item);
        }
    }
}
