using Orleans;

namespace ProjectSilo.Grains.Tests.Runtime;

/// <summary>A grain whose requests all interleave.</summary>
[Alias("reentrant-sample")]
public interface IReentrantSampleGrain : IGrainWithStringKey
{
    Task Hold(string gate);
}
