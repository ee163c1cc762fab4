using System.Collections.Concurrent;
using Orleans.Runtime;

namespace ProjectSilo.Grains.Tests.Runtime;

/// <summary>Many callers, many grains, all kinds of requests, activations that end in between.</summary>
public sealed class StressTests(ClusterFixture cluster) : IClassFixture<ClusterFixture>
{
    private const int Grains = 24;
    private const int Callers = 32;
    private const int CallsEach = 600;

    [Fact]
    public async Task RandomRequests_KeepTurnsApartAndAreAllAnswered()
    {
        var prefix = "0/" + Stage.NewName();
        var answers = new ConcurrentBag<int>();
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(seed => Task.Run(() => CallAsync(seed, prefix, answers)))).WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Empty(StressGrain.Violations);
        Assert.Equal(Callers * CallsEach, answers.Count);
        Assert.All(answers, activation => Assert.Equal(1, activation));
    }

    private async Task CallAsync(int seed, string prefix, ConcurrentBag<int> answers)
    {
        var random = new Random(seed);
        for (var call = 0; call < CallsEach; call++)
        {
            var grain = cluster.Grains.GetGrain<IStressGrain>($"{prefix}{random.Next(Grains)}");
            var waits = random.Next(3);
            answers.Add(random.Next(12) switch
            {
                0 => await grain.ExclusiveThenDeactivate(),
                1 => await EnumerateAsync(grain, random.Next(30)),
                2 => await AbandonAsync(grain),
                <= 5 => await grain.Reading(waits),
                <= 8 => await grain.Beside(waits),
                _ => await grain.Exclusive(waits),
            });
        }
    }

    private static async Task<int> EnumerateAsync(IStressGrain grain, int count)
    {
        try
        {
            var expected = 0;
            await foreach (var item in grain.Items(count).WithBatchSize(4))
            {
                Assert.Equal(expected++, item);
            }

            Assert.Equal(count, expected);
        }
        catch (EnumerationAbortedException)
        {
            // The activation ended in between, as it may.
        }

        return 1;
    }

    /// <summary>Leaves an enumeration after its first item.</summary>
    private static async Task<int> AbandonAsync(IStressGrain grain)
    {
        try
        {
            await foreach (var item in grain.Items(1000))
            {
                Assert.Equal(0, item);
                break;
            }
        }
        catch (EnumerationAbortedException)
        {
            // As above.
        }

        return 1;
    }
}
