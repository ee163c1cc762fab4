using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;
using ProjectSilo.Benchmarks.Report;
using ProjectSilo.Conat.Values;
using ProjectSilo.Gateways.Api;
using ProjectSilo.Grains;
using ProjectSilo.Grains.Project;

namespace ProjectSilo.Benchmarks.Measurements;

/// <summary><c>system.listing</c> through the method table, in this process, beside <c>find</c> of the same folder without what it takes to start that.</summary>
internal static class ListingMeasurement
{
    public const string Group = "files listing";

    private const string Find = "find";
    private const string FindProgram = "/usr/bin/find";

    /// <summary>Name, size, time, type and target: what a listing has.</summary>
    private static readonly string[] Printing = ["-maxdepth", "1", "-fprintf", "/dev/null", "%f %s %T@ %y %l\\n"];

    public static async Task<IReadOnlyList<Row>> Run(bool quick)
    {
        var home = Directory.CreateTempSubdirectory("projectsilo-bench-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Join(home, "empty"));
            using var project = Project(home);
            await project.StartAsync();
            var api = project.Services.GetRequiredService<ApiTable>();
            var rows = new[] { await Measure(api, home, 500, quick), await Measure(api, home, 10_000, quick) };
            await project.StopAsync();
            return rows;
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    /// <summary>Makes so many small files.</summary>
    public static void Fill(string folder, int files)
    {
        for (var i = 0; i < files; i++)
        {
            File.WriteAllText(Path.Join(folder, $"file-{i:D5}.txt"), "content");
        }
    }

    /// <summary>The median of listings of a folder through the grain, with no wire, in milliseconds.</summary>
    public static async Task<double> ByGrain(string folder, int files)
    {
        using var project = Project(Path.GetDirectoryName(folder)!);
        await project.StartAsync();
        var api = project.Services.GetRequiredService<ApiTable>();
        await Listings(api, folder, files, 400);
        var times = await Listings(api, folder, files, 400);
        await project.StopAsync();
        return times.Median();
    }

    private static async Task<Row> Measure(ApiTable api, string home, int files, bool quick)
    {
        var folder = Directory.CreateDirectory(Path.Join(home, $"files-{files}")).FullName;
        Fill(folder, files);
        var listings = 100_000 / files;
        await Listings(api, folder, files, 2 * listings);
        List<double> ours = [], baseline = [];
        var rounds = quick ? 5 : 15;
        for (var round = 0; round < rounds; round++)
        {
            ours.Add((await Listings(api, folder, files, listings)).Median());
            // One find for all, since its start takes longer than the smaller folder.
            baseline.Add((Time(folder, listings) - Time(Path.Join(home, "empty"), 1)) / listings);
        }

        return Row.OfRatio(Group, $"{files:N0} files", "ms", ours.Median(), Find, baseline.Median(), 3);
    }

    private static async Task<double[]> Listings(ApiTable api, string folder, int files, int count)
    {
        var argument = new WireObject { ["path"] = Path.GetFileName(folder) }.Build();
        var times = new double[count];
        for (var i = 0; i < count; i++)
        {
            var begin = Stopwatch.GetTimestamp();
            var listing = (WireValue.Sequence)await api.Invoke("system.listing", [argument], "benchmark", CancellationToken.None);
            foreach (var entry in listing.Elements)
            {
                GC.KeepAlive(entry);
            }

            times[i] = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
            if (listing.Count != files)
            {
                throw new InvalidOperationException($"{listing.Count} entries, not {files}");
            }
        }

        return times;
    }

    /// <summary>Milliseconds of a <c>find</c> that prints the folder <paramref name="times"/> times.</summary>
    private static double Time(string folder, int times)
    {
        string[] arguments = [.. Enumerable.Repeat(folder, times), .. Printing];
        var begin = Stopwatch.GetTimestamp();
        BareSpawn.RunToEnd(FindProgram, arguments);
        return Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
    }

    /// <summary>The grains and the table, and no gateway.</summary>
    private static IHost Project(string home)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleans(silo => silo.AddGrainClasses(GrainServices.GrainClasses));
        builder.Services.AddGrainServices().AddSingleton<ApiTable>();
        builder.Services.AddSingleton(new ApiIdentity("812abe34-a382-4bd1-9071-29b6f4334f03", 0, 0));
        builder.Services.AddSingleton(new NamedServerSettings { Folder = Path.Join(home, "named_servers") });
        builder.Services.AddSingleton(new ProjectSettings
        {
            ProjectId = "812abe34-a382-4bd1-9071-29b6f4334f03",
            Home = home,
            Environment = ImmutableDictionary<string, string>.Empty.Add("HOME", home),
        });
        return builder.Build();
    }
}
