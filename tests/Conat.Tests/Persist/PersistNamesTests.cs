using System.Text.Json;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Tests;

namespace ProjectSilo.Conat.Tests.Persist;

public sealed class PersistNamesTests
{
    [Fact]
    public void StoragePaths_AreTheReferences()
    {
        foreach (var item in Cases("storage_path"))
        {
            var input = item.GetProperty("input");
            Assert.Equal(item.GetProperty("result").GetString(), StoragePath.Of(Owner(input), Text(input, "name")!));
        }
    }

    [Fact]
    public void Subjects_AreTheReferences()
    {
        foreach (var item in Cases("persist_subject"))
        {
            Assert.Equal(item.GetProperty("result").GetString(), PersistSubjects.Of(Owner(item.GetProperty("input"))));
        }
    }

    [Fact]
    public void Permissions_AreTheReferences()
    {
        foreach (var item in Cases("permission"))
        {
            var input = item.GetProperty("input");
            var path = Text(input, "path") ?? Text(input, "path_prefix")!.PadRight(input.GetProperty("path_length").GetInt32(), Text(input, "path_fill")![0]);
            var error = PersistAccess.Check(Text(input, "subject")!, path);
            Assert.Equal(Text(item, "error"), error?.Message);
            if (error is not null)
            {
                // The reference forgets the code of a path that isn't normalized.
                var isDenied = error.Message.StartsWith("permission denied", StringComparison.Ordinal);
                Assert.Equal(item.TryGetProperty("code", out var code) ? code.ToString() : isDenied ? "403" : null, error.Code);
            }
        }
    }

    [Theory]
    [InlineData("hub/foo", true)]
    [InlineData("projects/x", true)]
    [InlineData("..", false)]
    [InlineData("../x", false)]
    [InlineData("../../etc/x", false)]
    [InlineData(".", false)]
    [InlineData("./x", false)]
    [InlineData("", false)]
    [InlineData("..x", true)]
    public void TheHub_MayNotLeaveTheFolderOfStreams(string path, bool isAllowed)
    {
        var error = PersistAccess.Check("persist.hub.server.0.abc", path);
        Assert.Equal(isAllowed, error is null);
        Assert.True(isAllowed || error!.Code == "403");
    }

    [Fact]
    public void LoadBalancer_ChoosesAsTheReference()
    {
        foreach (var item in Cases("load_balancer"))
        {
            var input = item.GetProperty("input");
            var scope = PersistSubjects.ScopeOf(Text(input, "subject")!);
            Assert.Equal(item.GetProperty("hash").GetInt32(), PersistServerIds.Hash(scope));
            Assert.Equal(item.GetProperty("result").GetString(), PersistServerIds.Choose(scope, Ids(input)));
        }

        var sticky = Vectors.Load("conat-sticky");
        foreach (var item in sticky.GetProperty("hash").EnumerateArray())
        {
            Assert.Equal(item.GetProperty("hash").GetInt32(), PersistServerIds.Hash(Text(item, "s")!));
        }

        foreach (var item in sticky.GetProperty("persistServer").EnumerateArray())
        {
            Assert.Equal(Text(item, "id"), PersistServerIds.Choose(PersistSubjects.ScopeOf(Text(item, "subject")!), Ids(item)));
        }
    }

    [Fact]
    public void Choose_TakesTheHashWithoutAPositiveCounterpart() =>
        Assert.Equal("b", PersistServerIds.Choose(new string('\0', 1), ["b"]));

    [Theory]
    [InlineData("a//b", "a/b")]
    [InlineData("a/./b/", "a/b/")]
    [InlineData("/../a", "/a")]
    [InlineData("../../a/../b", "../../b")]
    [InlineData("", ".")]
    [InlineData("a/..", ".")]
    [InlineData("/", "/")]
    [InlineData("./", "./")]
    public void Normalize_IsThatOfPosix(string path, string expected) => Assert.Equal(expected, StoragePath.Normalize(path));

    private static JsonElement.ArrayEnumerator Cases(string group) => Vectors.Load("names").GetProperty(group).EnumerateArray();

    private static PersistOwner Owner(JsonElement input) => new(Text(input, "account_id"), Text(input, "project_id"));

    private static string[] Ids(JsonElement input) => [.. input.GetProperty("ids").EnumerateArray().Select(id => id.GetString()!)];

    private static string? Text(JsonElement value, string name) => value.TryGetProperty(name, out var text) ? text.GetString() : null;
}
