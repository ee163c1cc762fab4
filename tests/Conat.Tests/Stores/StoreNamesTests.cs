using System.Text.Json;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Stores;
using ProjectSilo.Conat.Values;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Stores;

/// <summary>Names and keys of stores: the groups of <c>names.json</c> that are about them.</summary>
public sealed class StoreNamesTests
{
    [Fact]
    public void Sha1_IsAsCaptured() => ForEach("sha1", (input, result) =>
        Assert.Equal(result.GetString(), StoreNames.Sha1([.. input.EnumerateArray().Select(argument => StoreVectors.Read(argument)!)])));

    [Fact]
    public void PatchesNames_AreAsCaptured() => ForEach("patches_stream_name", (input, result) =>
        Assert.Equal(result.GetString(), StoreNames.Patches(input.Text("string_id") ?? StoreNames.StringId(input.Text("project_id")!, input.Text("path")!))));

    [Fact]
    public void Keys_AreAsCaptured() => ForEach("to_key", (input, result) =>
    {
        // What is undefined has no key, which is the caller's to know.
        if (StoreVectors.Read(input) is { } value)
        {
            Assert.Equal(result.GetString(), StoreNames.ToKey(value));
        }
    });

    [Fact]
    public void InventoryKeys_AreAsCaptured() => ForEach("inventory_key", (input, result) =>
        Assert.Equal(result.GetString(), StoreNames.InventoryKey(input.Text("name")!, input.Text("type")!)));

    [Fact]
    public void SyncTables_AreNamedAsCaptured() => ForEach("synctable_kv", (input, result) =>
    {
        var given = input.TryGetProperty("options", out var json) ? json : default;
        var options = SyncTableOptions.OfQuery(StoreVectors.Members(input.GetProperty("query"))) with
        {
            AccountId = given.Text("account_id"),
            ProjectId = given.Text("project_id"),
            IsAtomic = given.TryGetProperty("atomic", out var atomic) && atomic.GetBoolean(),
        };
        var keys = SyncTableNames.PrimaryKeys(options.Table);
        Assert.Equal(result.GetProperty("primary_keys").EnumerateArray().Select(key => key.GetString()!), keys);
        var name = SyncTableNames.StoreName(options.Table, options.Row);
        Assert.Equal(result.Text("name"), name);
        Assert.Equal(result.Text("kind"), options.IsAtomic ? "dkv" : "dko");
        var (account, project) = SyncTableNames.Owner(options);
        Assert.Equal((result.GetProperty("owner").Text("account_id"), result.GetProperty("owner").Text("project_id")), (account, project));
        var owner = new PersistOwner(account, project);
        Assert.Equal(result.Text("storage_path"), StoragePath.Of(owner, options.IsAtomic ? name : StoreNames.DkoPrefix + name));
        Assert.Equal(result.Text("persist_subject"), PersistSubjects.Of(owner));
        AssertRowKeys(result, row => SyncTableNames.RowKey(keys, row));
    });

    [Fact]
    public void PatchTables_AreNamedAsCaptured() => ForEach("synctable_stream", (input, result) =>
    {
        var options = SyncTableOptions.OfQuery(StoreVectors.Members(input.GetProperty("query")));
        var (project, path) = (options.Row["project_id"].AsText()!, options.Row["path"].AsText()!);
        var stringId = StoreNames.StringId(project, path);
        Assert.Equal(result.GetProperty("primary_keys").EnumerateArray().Select(key => key.GetString()!), SyncTableNames.PrimaryKeys(options.Table));
        Assert.Equal(result.Text("name"), StoreNames.Patches(stringId));
        Assert.Equal(result.Text("storage_path"), StoragePath.Of(PersistOwner.Project(project), StoreNames.Patches(stringId)));
        AssertRowKeys(result, row => SyncTableNames.PatchKey(stringId, row));
    });

    [Theory]
    [InlineData("o", "a", "[\"o\",\"a\"]")]
    [InlineData("a!@#$%^&*|()lkasdjf", "é", "[\"a!@#$%^&*|()lkasdjf\",\"é\"]")]
    [InlineData("q\"\\", "", "[\"q\\\"\\\\\",\"\"]")]
    public void FieldKeys_AreReadBack(string key, string field, string row)
    {
        Assert.Equal(row, StoreNames.FieldKey(key, field));
        Assert.Equal((key, field), StoreNames.ReadFieldKey(row));
    }

    [Theory]
    [InlineData("o")]
    [InlineData("")]
    [InlineData("[foo]")]
    [InlineData("[P] [W}\\ test]")]
    [InlineData("[\"a\"]")]
    [InlineData("[\"a\",\"b\",\"c\"]")]
    public void OtherKeys_AreObjects(string key) => Assert.Equal((key, null), StoreNames.ReadFieldKey(key));

    [Fact]
    public void RowKey_OfSeveralKeys_TakesNullForWhatIsMissing() =>
        Assert.Equal("[null,1]", SyncTableNames.RowKey(["a", "b"], new WireObject { ["b"] = 1 }.Build()));

    [Fact]
    public void RowKey_OfOneKey_IsEmptyIfItIsMissing() => Assert.Equal("", SyncTableNames.RowKey(["a"], new WireObject { ["b"] = 1 }.Build()));

    private static void AssertRowKeys(JsonElement result, Func<WireValue.Members, string> keyOf)
    {
        foreach (var row in result.GetProperty("row_keys").EnumerateArray())
        {
            Assert.Equal(row.Text("key"), keyOf(StoreVectors.Members(row.GetProperty("row"))));
        }
    }

    private static void ForEach(string group, Action<JsonElement, JsonElement> check)
    {
        foreach (var test in Vectors.Load("names").GetProperty(group).EnumerateArray())
        {
            check(test.GetProperty("input"), test.GetProperty("result"));
        }
    }
}
