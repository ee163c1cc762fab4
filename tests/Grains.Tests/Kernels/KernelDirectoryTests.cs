using System.Text;
using System.Text.Json.Nodes;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Kernels;

/// <summary>Which kernels are installed (spec 10 §1).</summary>
public sealed class KernelDirectoryTests
{
    private const string Plain = """{"argv":["x"],"display_name":"A plain one","language":"none"}""";

    private static string Json(KernelSpec spec) => Encoding.UTF8.GetString(spec.Json.Span);

    [Fact]
    public async Task Kernels_OfDebian_AreAsInTheSpecification()
    {
        await using var project = await KernelsProject.Start();
        var spec = Assert.Single(await project.KernelDirectory.Kernels(isFresh: false));
        Assert.Equal(
            """{"name":"python3","display_name":"Python 3 (ipykernel)","language":"python","env":{},"metadata":{"debugger":true},"resource_dir":"/usr/share/jupyter/kernels/python3","argv":["/usr/bin/python3","-m","ipykernel_launcher","-f","{connection_file}"]}""",
            Json(spec));
        Assert.Equal("signal", spec.InterruptMode);
    }

    [Fact]
    public async Task Kernels_AreSortedByDisplayName_AndTheFirstFolderWins()
    {
        await using var project = await KernelsProject.Start(environment: variables => variables
            .Add("JUPYTER_PATH", $"{variables["HOME"]}/one:{variables["HOME"]}/two")
            .SetItem("PATH", $"{variables["HOME"]}/prefix/bin:{variables["PATH"]}"));
        project.Install("Upper", """{"display_name":"Z","language":"text/x-macaulay2","interrupt_mode":"message","env":{"A":"é<"},"argv":["z"]}""", "one");
        project.Install("upper", Plain, "two");
        project.Install("python3", """{"display_name":"a","language":"python","argv":[]}""");
        project.Install("prefixed", """{"display_name":"P","language":"p","argv":["p"]}""", "prefix/share/jupyter");
        Directory.CreateDirectory(Path.Join(project.Home, "prefix/bin"));
        File.CreateSymbolicLink(Path.Join(project.Home, "prefix/bin/python"), "/usr/bin/python3");

        var specs = await project.KernelDirectory.Kernels(isFresh: false);
        Assert.Equal(["P", "Z", "a"], specs.Select(spec => spec.DisplayName));
        Assert.Equal(
            $$"""{"name":"upper","display_name":"Z","language":"Macaulay2","interrupt_mode":"message","env":{"A":"é<"},"resource_dir":"{{project.Home}}/one/kernels/Upper","argv":["z"]}""",
            Json(specs[1]));
    }

    [Fact]
    public async Task Kernels_ThatAreBroken_AreSkipped()
    {
        await using var project = await KernelsProject.Start(options => options.MaxSpecBytes = 10_000);
        var kernels = Path.Join(project.Home, ".local/share/jupyter/kernels");
        foreach (var (name, json) in ((string, string)[])[("no-json", "{"), ("array", "[]"), ("null", "null"), ("empty", ""), ("half", """{"display_name":"\ud800"}"""), ("deep", new string('[', 5000)), ("large", Plain + new string(' ', 20_000))])
        {
            project.Install(name, json);
        }

        Directory.CreateDirectory(Path.Join(kernels, "nothing"));
        Directory.CreateDirectory(Path.Join(kernels, "folder/kernel.json"));
        File.WriteAllText(Path.Join(kernels, "file"), "");
        File.CreateSymbolicLink(Path.Join(kernels, "loop"), "loop");
        project.Install("good", Plain);
        Assert.Equal(["good", "python3"], (await project.KernelDirectory.Kernels(isFresh: false)).Select(spec => spec.Name));
    }

    [Fact]
    public async Task Kernels_WithOddTypes_HaveTheShapeThatClientsKnow()
    {
        await using var project = await KernelsProject.Start();
        project.Install("odd", """{"argv":5,"display_name":{"a":1},"language":null,"interrupt_mode":7,"env":["x"],"metadata":"none"}""");
        project.Install("odd2", """{"argv":["a",1,null,{"b":2}],"env":{"N":1,"B":true,"O":{},"A=B":"x","Z":"a\u0000b"},"metadata":{"cocalc":{"priority":10}}}""");
        var specs = await project.KernelDirectory.Kernels(isFresh: false);
        var folder = $"{project.Home}/.local/share/jupyter/kernels";
        Assert.Equal($$"""{"name":"odd","display_name":"odd","language":"","env":{},"resource_dir":"{{folder}}/odd","argv":[]}""", Json(specs.Single(spec => spec.Name == "odd")));
        var odd = specs.Single(spec => spec.Name == "odd2");
        JsonAssert.Equal(JsonNode.Parse("""{"cocalc":{"priority":10}}"""), JsonNode.Parse(odd.Json.Span)!["metadata"]);
        Assert.Equal(["B", "N"], odd.Environment.Keys);
        Assert.Equal(["a", "1", "", ""], odd.Arguments.AsEnumerable());
    }

    [Fact]
    public async Task Kernels_AreKeptForAWhile_AndReadAnewWhenAskedOr15sLater()
    {
        var time = new FakeTimeProvider();
        await using var project = await KernelsProject.Start(time: time);
        var directory = project.KernelDirectory;
        Assert.Single(await directory.Kernels(isFresh: false));
        project.Install("new", Plain);
        Assert.Single(await directory.Kernels(isFresh: false));
        Assert.Equal(2, (await directory.Kernels(isFresh: true)).Length);
        Directory.Delete(Path.Join(project.Home, ".local/share/jupyter/kernels/new"), recursive: true);
        time.Advance(TimeSpan.FromSeconds(14));
        Assert.Equal(2, (await directory.Kernels(isFresh: false)).Length);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Single(await directory.Kernels(isFresh: false));
    }

    [Fact]
    public async Task Kernels_AskedForAtOnce_ShareScans_AndTheFreshSeeWhatIsThere()
    {
        await using var project = await KernelsProject.Start();
        for (var round = 0; round < 20; round++)
        {
            var before = Enumerable.Range(0, 10).Select(_ => project.KernelDirectory.Kernels(isFresh: true)).ToArray();
            project.Install($"n{round}", Plain);
            var after = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => project.KernelDirectory.Kernels(isFresh: true))).Within();
            Assert.All(after, specs => Assert.Contains(specs, spec => spec.Name == $"n{round}"));
            await Task.WhenAll(before).Within();
        }
    }

    [Fact]
    public async Task Logo_IsTheLastByName()
    {
        var time = new FakeTimeProvider();
        await using var project = await KernelsProject.Start(options => options.MaxLogoBytes = 100, time);
        var directory = project.KernelDirectory;
        var folder = project.Install("Pictured", Plain);
        var none = await directory.Logo("pictured", isFresh: false);
        Assert.Null(none.FileName);
        Assert.Equal(0, none.Content.Length);

        File.WriteAllText(Path.Join(folder, "logo-32x32.png"), "small");
        File.WriteAllText(Path.Join(folder, "logo-64x64.png"), "large");
        File.WriteAllText(Path.Join(folder, "logo-svg.svg"), new string('x', 101));
        Assert.Null((await directory.Logo("PICTURED", isFresh: false)).FileName);
        time.Advance(TimeSpan.FromMinutes(61));
        var logo = await directory.Logo("PICTURED", isFresh: false);
        Assert.Equal("logo-64x64.png", logo.FileName);
        Assert.Equal("large", Encoding.UTF8.GetString(logo.Content.Span));
        File.Delete(Path.Join(folder, "logo-64x64.png"));
        Assert.Equal("logo-32x32.png", (await directory.Logo("pictured", isFresh: true)).FileName);

        Assert.Equal("no such kernel 'nope'", (await Assert.ThrowsAsync<RequestException>(() => directory.Logo("nope", isFresh: false))).Message);
    }
}
