using Orleans.Runtime;

namespace ProjectSilo.Grains.Tests.Runtime;

/// <summary>Methods that return a sequence.</summary>
public sealed class EnumerationTests(ClusterFixture cluster) : IClassFixture<ClusterFixture>
{
    private readonly string _gate = Stage.NewName();
    private readonly string _key = "0/" + Stage.NewName();

    private ISampleGrain Grain => cluster.Grains.GetGrain<ISampleGrain>(_key);

    [Fact]
    public async Task Enumeration_Whole_GivesAllItemsInOrder()
    {
        var items = await ToListAsync(Grain.Count(1000)).Within();
        Assert.Equal(Enumerable.Range(0, 1000), items);
    }

    [Fact]
    public async Task Enumeration_Twice_RunsTwice()
    {
        var sequence = Grain.Count(3);
        Assert.Equal([0, 1, 2], await ToListAsync(sequence).Within());
        Assert.Equal([0, 1, 2], await ToListAsync(sequence).Within());
    }

    [Fact]
    public async Task Enumeration_WhileGrainIsBusy_Runs()
    {
        var busy = Grain.Hold(_gate);
        await Stage.Reached("in " + _gate);
        Assert.Equal([0, 1, 2], await ToListAsync(Grain.Count(3)).Within());
        Stage.Open(_gate);
        await busy.Within();
    }

    [Fact]
    public async Task Call_DuringEnumeration_Runs()
    {
        await using var items = Grain.Watch(_gate).GetAsyncEnumerator();
        Assert.True(await items.MoveNextAsync());
        await Stage.Reached("in " + _gate);
        Assert.Equal(3, await Grain.Add(1, 2).Within());
    }

    [Fact]
    public async Task Enumeration_WithSlowConsumer_RunsOnlyABatchAhead()
    {
        await using var items = Grain.Count(1000).WithBatchSize(5).GetAsyncEnumerator();
        Assert.True(await items.MoveNextAsync());
        for (var round = 0; round < 20; round++)
        {
            await Grain.HoldBesideOpen();
        }

        // One taken, five ahead, one in the producer's hand.
        Assert.InRange(Stage.Marks("counted " + _key), 1, 7);
        var left = 1;
        while (await items.MoveNextAsync())
        {
            left++;
        }

        Assert.Equal(1000, left);
    }

    [Fact]
    public async Task Enumeration_ThatFails_GivesItsItemsAndThenTheException()
    {
        await using var items = Grain.Fail(_gate, "bad").GetAsyncEnumerator();
        Assert.True(await items.MoveNextAsync());
        Stage.Open(_gate);
        var exception = await Assert.ThrowsAsync<InvalidDataException>(() => items.MoveNextAsync().AsTask()).Within();
        Assert.Equal("bad", exception.Message);
    }

    [Fact]
    public async Task Dispose_OfEnumerator_EndsTheIterator()
    {
        var items = Grain.Watch(_gate).GetAsyncEnumerator();
        Assert.True(await items.MoveNextAsync());
        await items.DisposeAsync().AsTask().Within();
        await Stage.Reached("ended " + _gate);
    }

    [Fact]
    public async Task Cancel_OfArgumentToken_EndsBothSides()
    {
        using var source = new CancellationTokenSource();
        await using var items = Grain.Watch(_gate, source.Token).GetAsyncEnumerator();
        await AssertCanceledAsync(items, source);
    }

    [Fact]
    public async Task Cancel_OfEnumeratorToken_EndsBothSides()
    {
        using var source = new CancellationTokenSource();
        await using var items = Grain.Watch(_gate).GetAsyncEnumerator(source.Token);
        await AssertCanceledAsync(items, source);
    }

    [Fact]
    public async Task Deactivation_DuringEnumeration_TellsTheConsumer()
    {
        await using var items = Grain.Watch(_gate).GetAsyncEnumerator();
        Assert.True(await items.MoveNextAsync());
        await Stage.Reached("in " + _gate);
        var next = items.MoveNextAsync().AsTask();
        await Grain.Deactivate().Within();
        await Assert.ThrowsAsync<EnumerationAbortedException>(() => next).Within();
        await Stage.Reached("ended " + _gate);
    }

    [Fact]
    public async Task Enumeration_NotBegun_SendsNothing()
    {
        await using (Grain.Count(3).GetAsyncEnumerator())
        {
            // Disposed without a step.
        }

        Assert.Equal(0, Stage.Marks("activated " + _key));
    }

    private static async Task<List<T>> ToListAsync<T>(IAsyncEnumerable<T> items)
    {
        var list = new List<T>();
        await foreach (var item in items)
        {
            list.Add(item);
        }

        return list;
    }

    private async Task AssertCanceledAsync(IAsyncEnumerator<int> items, CancellationTokenSource source)
    {
        Assert.True(await items.MoveNextAsync());
        await Stage.Reached("in " + _gate);
        var next = items.MoveNextAsync().AsTask();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next).Within();
        await Stage.Reached("ended " + _gate);
    }
}
