using ProjectSilo.Conat.Stores;
using ProjectSilo.Conat.Tests.Persist;
using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Notebooks;
using ProjectSilo.Tests;

namespace ProjectSilo.Gateways.Tests.Notebooks;

/// <summary>Blobs of notebooks in the real store (spec 10 §8.5).</summary>
public sealed class DkvBlobsTests
{
    [Fact]
    public async Task Blobs_AreInTheStoreThatBrowsersRead()
    {
        await using var bus = await PersistBus.StartAsync();
        var daemon = await bus.ConnectAsync();
        await using var store = await daemon.OpenDkvAsync(new ProjectStores(PersistBus.ProjectId).Jupyter("nb/a.ipynb")).Within();
        var blobs = new DkvBlobs(store);
        byte[] png = [0x89, 0x50, 0, 0xff];
        var sha1 = MessageBlobs.Sha1(png);
        Assert.True(blobs.TrySave(sha1, png));
        await store.SaveAsync().Within();

        // As a browser reads it: single keys of the same store, by another client.
        var browser = await bus.ConnectAsync();
        await using var seen = await browser.OpenAkvAsync(new ProjectStores(PersistBus.ProjectId).Jupyter("nb/a.ipynb")).Within();
        Assert.Equal(png, Assert.IsType<WireValue.Bytes>(await seen.GetAsync(sha1).Within()).Value.ToArray());
    }

    [Fact]
    public async Task Blobs_OfAStoreThatIsClosed_AreNotTaken()
    {
        await using var bus = await PersistBus.StartAsync();
        var daemon = await bus.ConnectAsync();
        var store = await daemon.OpenDkvAsync(new ProjectStores(PersistBus.ProjectId).Jupyter("a.ipynb")).Within();
        await store.DisposeAsync();
        Assert.False(new DkvBlobs(store).TrySave("00", new byte[] { 1 }));
    }
}
