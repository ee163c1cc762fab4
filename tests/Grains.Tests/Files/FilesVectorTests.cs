using System.Collections.Immutable;
using System.Text.Json.Nodes;
using ProjectSilo.Grains.Files;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Files;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Files;

/// <summary>Every case of the part <c>files</c> of <c>exec.json</c>, in a tree as it describes, below a HOME of the test.</summary>
public sealed class FilesVectorTests
{
    private const string CapturedHome = "/home/user";

    private static readonly JsonNode Files = JsonNode.Parse(Vectors.Load("exec").GetProperty("files").GetRawText())!;

    public static TheoryData<int> Listing => Numbers(Files["listing"]!["cases"]);

    public static TheoryData<int> RealPaths => Numbers(Files["realpath"]);

    public static TheoryData<int> CanonicalPathCases => Numbers(Files["canonicalPaths"]);

    public static TheoryData<int> Moves => Numbers(Files["errors"]!["moveFiles"]);

    public static TheoryData<int> Renames => Numbers(Files["errors"]!["renameFile"]);

    [Fact]
    public void AbsolutePaths_AsCaptured() => Assert.All(Files["abspath"]!.AsArray(), item =>
        Assert.Equal((string)item!["result"]!, ProjectPath.Absolute(CapturedHome, (string)item["path"]!)));

    [Fact]
    public void Extensions_AsCaptured() => Assert.All(Files["filename_extension"]!.AsArray(), item =>
    {
        Assert.Equal((string)item!["ext"]!, ProjectPath.Extension((string)item["name"]!));
        Assert.Equal((string)item["log"]!, ProjectPath.WithExtension((string)item["name"]!, "log"));
    });

    [Fact]
    public void Companions_AsCaptured()
    {
        var deleted = Files["deleted_variations"]!;
        var path = (string)deleted["input"]!;
        Assert.Equal(deleted["result"]!.AsArray().Select(name => (string)name!), [path, .. Companions.DeletedWith(path)]);

        var moved = Files["moved_variations"]!;
        Assert.Equal(
            moved["result"]!.AsArray().Select(move => ((string)move!["src"]!, (string)move["dest"]!)),
            Companions.MovedWith((string)moved["src"]!, (string)moved["dest"]!));
    }

    [Theory]
    [MemberData(nameof(Listing))]
    public async Task Listing_AsCaptured(int number)
    {
        await using var project = await Tree();
        var item = Files["listing"]!["cases"]![number]!;
        await Compare(item, project, async () =>
        {
            var listing = await project.Files.List(new ListingRequest((string)item["path"]!, (bool)item["hidden"]!), FilesProject.Caller);
            return new JsonArray([.. listing.Entries.OrderBy(entry => entry.Name, StringComparer.Ordinal).Select(entry => ToJson(project, entry))]);
        });
    }

    [Theory]
    [MemberData(nameof(RealPaths))]
    public async Task RealPath_AsCaptured(int number)
    {
        await using var project = await Tree();
        var item = Files["realpath"]![number]!;
        await Compare(item, project, async () => await project.Files.RealPath((string)item["path"]!, FilesProject.Caller));
    }

    [Theory]
    [MemberData(nameof(CanonicalPathCases))]
    public async Task CanonicalPaths_AsCaptured(int number)
    {
        await using var project = await Tree();
        var item = Files["canonicalPaths"]![number]!;
        await Compare(item, project, async () =>
        {
            var paths = Here(item["paths"]!, project)!.AsArray().Select(path => (string)path!).ToImmutableArray();
            var result = await project.Files.CanonicalPaths(paths, FilesProject.Caller);
            return new JsonArray([.. result.Select(path => (JsonNode)path)]);
        });
    }

    [Theory]
    [MemberData(nameof(Moves))]
    public async Task Move_AsCaptured(int number)
    {
        await using var project = await Tree();
        var item = Files["errors"]!["moveFiles"]![number]!;
        await Compare(item, project, async () =>
        {
            var paths = item["call"]!["paths"]!.AsArray().Select(path => (string)path!).ToImmutableArray();
            await project.Files.Move(paths, (string)item["call"]!["dest"]!, FilesProject.Caller);
            return null;
        });
    }

    [Theory]
    [MemberData(nameof(Renames))]
    public async Task Rename_AsCaptured(int number)
    {
        await using var project = await Tree();
        var item = Files["errors"]!["renameFile"]![number]!;
        await Compare(item, project, async () =>
        {
            await project.Files.Rename((string)item["call"]!["src"]!, (string)item["call"]!["dest"]!, FilesProject.Caller);
            return null;
        });
    }

    private static TheoryData<int> Numbers(JsonNode? cases) => [.. Enumerable.Range(0, cases!.AsArray().Count)];

    /// <summary>The tree of the vectors, and the files that the moves speak of.</summary>
    private static async Task<FilesProject> Tree()
    {
        var project = await FilesProject.Start();
        var elsewhere = (string)Here("/elsewhere", project)!;
        foreach (var (name, value) in Files["tree"]!.AsObject())
        {
            var path = name.StartsWith('/') ? (string)Here(name, project)! : name;
            if (name.EndsWith(" ->", StringComparison.Ordinal))
            {
                project.PutLink(name[..^3], (string)Here(value!, project)!);
            }
            else if (name.EndsWith('/'))
            {
                project.PutFolder(path);
            }
            else
            {
                project.Put(path, (string)value!);
            }
        }

        foreach (var name in (string[])["c1", "dest/c1", "same", "r2.txt", "ra", "rb", "rc"])
        {
            project.Put(name);
        }

        project.Put(project.Home + "2/x");
        Assert.True(Directory.Exists(elsewhere));
        return project;
    }

    private static async Task Compare(JsonNode item, FilesProject project, Func<Task<JsonNode?>> call)
    {
        JsonNode? result = null;
        string? error = null;
        try
        {
            result = await call();
        }
        catch (Exception exception) when (exception is PosixException or RequestException)
        {
            error = "Error: " + exception.Message;
        }

        Assert.Equal((string?)Here(item["error"], project), error);
        if (error is null)
        {
            JsonAssert.Equal(Expected(item["improve_result"] ?? item["result"], project), result, item.ToJsonString());
        }
    }

    /// <summary>
    /// The files that the tests of moves need are no part of the captured listings, and the size of <c>/etc/hostname</c> is the machine's.
    /// </summary>
    private static JsonNode? Expected(JsonNode? expected, FilesProject project)
    {
        var here = Here(expected, project);
        if (here is JsonArray entries && entries.Any(entry => entry is JsonObject))
        {
            foreach (var entry in entries.Where(entry => (string?)entry!["name"] == "eh"))
            {
                entry!["size"] = new FileInfo("/etc/hostname").Length;
            }

            if (entries.Any(entry => (string?)entry!["name"] == "f.txt"))
            {
                string[] more = ["c1", "r2.txt", "ra", "rb", "rc", "same"];
                var all = entries.Select(entry => entry!.DeepClone())
                    .Concat(more.Select(name => new JsonObject { ["name"] = name, ["size"] = 0, ["mtime"] = 0 }))
                    .Append(new JsonObject { ["name"] = "dest", ["isdir"] = true, ["size"] = 1, ["mtime"] = 0 });
                return new JsonArray([.. all.OrderBy(entry => (string)entry!["name"]!, StringComparer.Ordinal)]);
            }
        }

        return here;
    }

    /// <summary>The same with the paths of this test.</summary>
    private static JsonNode? Here(JsonNode? node, FilesProject project) => node is null ? null : JsonNode.Parse(node.ToJsonString()
        .Replace("\"/elsewhere", "\"" + ProjectPath.Normalise($"{project.Home}/../../elsewhere"), StringComparison.Ordinal)
        .Replace(CapturedHome, project.Home, StringComparison.Ordinal));

    private static JsonObject ToJson(FilesProject project, DirectoryEntry entry)
    {
        Assert.NotNull(entry.ModifiedSeconds);
        Assert.Null(entry.Error);
        var json = new JsonObject { ["name"] = entry.Name, ["mtime"] = 0, ["size"] = entry.Size };
        if (entry.IsFolder)
        {
            json["isdir"] = true;
        }

        if (entry.IsLink)
        {
            json["issymlink"] = true;
            json["link_target"] = entry.LinkTarget;
        }

        return json;
    }
}
