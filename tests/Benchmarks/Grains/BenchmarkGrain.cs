using Orleans;

namespace ProjectSilo.Benchmarks.Grains;

/// <inheritdoc cref="IBenchmarkGrain"/>
internal sealed class BenchmarkGrain : Grain, IBenchmarkGrain
{
    /// <inheritdoc />
    public Task<int> Next(int number) => Task.FromResult(number + 1);
}
