using Orleans;
using Orleans.Concurrency;

namespace ProjectSilo.Grains.Tests.Runtime;

/// <summary>A grain that watches over its own turns. Each method gives the number of the activation that ran it.</summary>
[Alias("stress")]
public interface IStressGrain : IGrainWithStringKey
{
    Task<int> Exclusive(int waits);

    [ReadOnly]
    Task<int> Reading(int waits);

    [AlwaysInterleave]
    ValueTask<int> Beside(int waits);

    Task<int> ExclusiveThenDeactivate();

    IAsyncEnumerable<int> Items(int count);
}
