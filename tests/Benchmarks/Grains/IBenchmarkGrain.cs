using Orleans;

namespace ProjectSilo.Benchmarks.Grains;

/// <summary>A call with an argument and a result, and nothing between.</summary>
[Alias("benchmark")]
public interface IBenchmarkGrain : IGrainWithStringKey
{
    /// <summary>One more.</summary>
    Task<int> Next(int number);
}
