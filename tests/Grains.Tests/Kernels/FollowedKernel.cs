using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Kernels;

/// <summary>A kernel, and all that has happened to it.</summary>
internal sealed class FollowedKernel : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new();
    private readonly List<KernelEvent> _events = [];

    public FollowedKernel(IKernelGrain kernel) => Ended = Follow(kernel);

    /// <summary>Completes when nothing more is told.</summary>
    public Task Ended { get; }

    public KernelState[] States
    {
        get
        {
            lock (_lock)
            {
                return [.. _events.Where(next => next.Status is not null).Select(next => next.Status!.State).Aggregate(new List<KernelState>(), (states, state) =>
                {
                    if (states is not [.., var last] || last != state)
                    {
                        states.Add(state);
                    }

                    return states;
                })];
            }
        }
    }

    /// <summary>Waits for a widget's message.</summary>
    public async Task<CommEvent> Comm(Func<CommEvent, bool> isMeant)
    {
        CommEvent? found = null;
        await Bounded.Until(
            () =>
            {
                lock (_lock)
                {
                    found = _events.Select(next => next.Comm).FirstOrDefault(comm => comm is not null && isMeant(comm));
                }

                return found is not null;
            },
            "a widget's message");
        return found!;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task Follow(IKernelGrain kernel)
    {
        await foreach (var next in kernel.Follow(_end.Token))
        {
            lock (_lock)
            {
                _events.Add(next);
            }
        }
    }
}
