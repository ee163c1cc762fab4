using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Stores;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Stores;

public sealed class InProcessDkoTests() : DkoTests(isInProcess: true);

public sealed class SocketIoDkoTests() : DkoTests(isInProcess: false);

/// <summary>Dkos, open files, synctables and inventories (spec 07 §9, §12, §13, §15.5).</summary>
public abstract class DkoTests(bool isInProcess) : StoreTests(isInProcess)
{
    [Fact]
    public async Task Set_TakesObjectsOnly_AndSpreadsThem()
    {
        await using var dko = await (await Bus.ClientAsync()).OpenDkoAsync(Map("o")).Within();
        Assert.Contains("must be objects", Assert.Throws<ConatException>(() => dko.Set("a", 10)).Message, StringComparison.Ordinal);
        dko.Set("a", Object(("a", 5), ("b", 7)));
        Assert.Single(dko.GetAll());
        Assert.Equal(3, dko.Rows.Count);
        Assert.Equal([("a", "a"), ("a", "b")], dko.UnsavedChanges());
        dko.Set("a", WireValue.Null);
        Assert.Null(dko.Get("a"));
        Assert.Empty(dko.Rows.GetAll());
    }

    [Fact]
    public async Task OddKeys_AreSeenByAnother()
    {
        const string Odd = "a!@#$%^&*|()lkasdjf";
        var options = Map("[!nuts$##&^$$#!\\blah]", noAutosave: false);
        await using var one = await (await Bus.ClientAsync()).OpenDkoAsync(options).Within();
        await using var two = await (await Bus.ClientAsync()).OpenDkoAsync(options).Within();
        string[] keys = [Odd, "[foo]", "[P] [W}\\ test]", "[\"foo\",\"bar\"]"];
        foreach (var key in keys)
        {
            one.Set(key, Object((Odd, key)));
        }

        await one.SaveAsync().Within();
        await Bounded.Until(() => keys.All(key => two.Get(key)?[Odd].AsText() == key), "all is there");
        Assert.All(keys, key => Assert.True(two.Has(key)));
        Assert.True(two.GetAll().ContainsKey("foo"));
    }

    [Fact]
    public async Task ALargeField_GoesInPieces()
    {
        await using var one = await (await Bus.ClientAsync()).OpenDkoAsync(Map("o", noAutosave: false)).Within();
        await using var two = await (await Bus.ClientAsync()).OpenDkoAsync(Map("o")).Within();
        var value = Object(("large", Text('x', 10_400_000)));
        one.Set("o", value);
        await one.SaveAsync().Within();
        await Bounded.Until(() => two.Get("o")?.Has("large") ?? false, "it is there");
        AssertValue(value, two.Get("o"));
    }

    [Fact]
    public async Task OpenFiles_AreTouchedDeletedAndFail()
    {
        var options = new ProjectStores(StoreBus.ProjectId).OpenFiles;
        await using var one = await (await Bus.ClientAsync()).OpenFilesAsync(options).Within();
        var client = await Bus.ClientAsync();
        await using var two = await client.OpenFilesAsync(options).Within();
        Assert.Contains("path must be specified", Assert.Throws<ConatException>(() => one.Touch("")).Message, StringComparison.Ordinal);
        one.Touch("a.txt");
        one.Touch("b.txt", Object(("type", "string")));
        await one.SaveAsync().Within();
        await Bounded.Until(() => two.Get("a.txt")?.Time is not null && two.Get("b.txt")?.Doctype is not null, "both are there");
        Assert.True((DateTimeOffset.UtcNow - two.Get("a.txt")!.Time!.Value).Duration() < TimeSpan.FromMinutes(1));
        one.SetError("a.txt", "Error: test error");
        await one.SaveAsync().Within();
        await Bounded.Until(() => two.Get("a.txt")!.Error == "Error: test error" && two.Get("a.txt")!.ErrorTime is not null, "the error is there");
        one.SetError("a.txt");
        one.Delete("b.txt");
        await one.SaveAsync().Within();
        await Bounded.Until(() => two.Get("a.txt")!.Error is null && two.GetAll().Count == 1, "both are gone");
        await using var three = await (await Bus.ClientAsync()).OpenFilesAsync(options).Within();
        Assert.Equal("a.txt", Assert.Single(three.GetAll()).Path);
    }

    [Fact]
    public async Task SyncTables_OfFieldsAndRows_TellWholeRows()
    {
        var stores = new ProjectStores(StoreBus.ProjectId);
        foreach (var options in new[] { stores.Syncstrings("a.txt"), stores.EvalOutputs("a.txt") })
        {
            await using var one = await (await Bus.ClientAsync()).OpenSyncTableAsync(options with { NoInventory = true }).Within();
            await using var two = await (await Bus.ClientAsync()).OpenSyncTableAsync(options with { NoInventory = true }).Within();
            var waiting = two.WaitAsync(table => table.GetOne() is { } row && row["output"].AsText() == "hi" && row.Has("number"));
            var row = Object(("string_id", StoreNames.StringId(StoreBus.ProjectId, "a.txt")), ("time", 5), ("number", 3), ("output", "hi"));
            one.Set(row);
            AssertValue(row, one.Get(row));
            await one.SaveAsync().Within();
            Assert.False(one.HasUnsavedChanges);
            await waiting.Within();
            AssertValue(row, two.Get(one.RowKey(row)));
            one.Delete(row);
            await one.SaveAsync().Within();
            await two.WaitAsync(table => table.GetOne() is null).Within();
        }
    }

    [Fact]
    public async Task Patches_AreWrittenOnce()
    {
        var options = new ProjectStores(StoreBus.ProjectId).Patches("a.txt") with { NoInventory = true };
        await using var one = await (await Bus.ClientAsync()).OpenSyncTableAsync(options).Within();
        await using var two = await (await Bus.ClientAsync()).OpenSyncTableAsync(options).Within();
        var time = new WireValue.Date(DateTimeOffset.FromUnixTimeMilliseconds(1700000000000));
        var row = Object(("string_id", "any"), ("time", time), ("patch", "[]"), ("user_id", 0));
        one.Set(row);
        Assert.Contains("was already written", Assert.Throws<ConatException>(() => one.Set(row)).Message, StringComparison.Ordinal);
        await one.SaveAsync().Within();
        await two.WaitAsync(table => table.Get(row) is not null).Within();
        AssertValue(Object(("time", time), ("patch", "[]"), ("user_id", 0)), two.GetOne());
        Assert.Throws<ConatException>(() => two.Delete(row));
        var noProject = options with { Row = Object(("path", "a.txt")), ProjectId = null };
        Assert.Contains("valid project_id", (await Assert.ThrowsAsync<ConatException>(() => one.WaitAsync(_ => false, TimeSpan.Zero).ContinueWith(_ => OpenAsync(noProject)).Unwrap().Within())).Message, StringComparison.Ordinal);
        Assert.Contains("path MUST", (await Assert.ThrowsAsync<ConatException>(() => OpenAsync(options with { Row = Object(("project_id", StoreBus.ProjectId)) }).Within())).Message, StringComparison.Ordinal);

        async Task OpenAsync(SyncTableOptions other) => await (await Bus.ClientAsync()).OpenSyncTableAsync(other);
    }

    [Fact]
    public async Task Inventory_ListsStores_ButNotItself()
    {
        var client = await Bus.ClientAsync();
        await using var map = await client.OpenDkvAsync(Map("listed") with { NoInventory = false, NoAutosave = false, Description = Object(("path", "A.txt")) }).Within();
        await using var stream = await client.OpenDstreamAsync(Stream("hidden", noAutosave: false)).Within();
        map.Set("a", 1);
        stream.Push("x");
        await map.SaveAsync().Within();
        await using var inventory = await (await Bus.ClientAsync()).OpenInventoryAsync(Map("any")).Within();
        await Bounded.Until(() => inventory.Get("listed") is not null, "it is listed");
        var entry = Assert.Single(inventory.GetAll());
        Assert.Equal(("listed", StoreInventory.KeyValue, 1, 1), (entry.Name, entry.Type, entry.Count, entry.Seq));
        Assert.Equal(entry.Name, Assert.Single(inventory.GetAll("a.TXT")).Name);
        Assert.Empty(inventory.GetAll("nothing"));
        inventory.Delete("listed", StoreInventory.KeyValue);
        await inventory.SaveAsync().Within();
        Assert.Null(inventory.Get("listed"));
    }

    private static WireValue.Members Object(params (string Name, WireValue Value)[] members) =>
        new([.. members.Select(member => new KeyValuePair<string, WireValue>(member.Name, member.Value))]);
}
