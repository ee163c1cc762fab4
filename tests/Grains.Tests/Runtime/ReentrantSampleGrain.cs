using Orleans;
using Orleans.Concurrency;

namespace ProjectSilo.Grains.Tests.Runtime;

[Reentrant]
public sealed class ReentrantSampleGrain : Grain, IReentrantSampleGrain
{
    public Task Hold(string gate) => Stage.Pass(gate);
}
