using System.Globalization;
using System.Text.Json.Nodes;
using ProjectSilo.Benchmarks.Client;
using ProjectSilo.Benchmarks.Report;
using ProjectSilo.Benchmarks.Servers;

namespace ProjectSilo.Benchmarks.Measurements;

/// <summary>Formatting JavaScript over Conat while prettier is warm, beside prettier called in a process of node that keeps it.</summary>
internal static class FormatterMeasurement
{
    public const string Group = "formatter";

    private const string Ours = "conat";
    private const string Bare = "prettier";
    private const int Lines = 200;
    private const double MostMoreMilliseconds = 5;

    public static async Task<IReadOnlyList<Row>> Run(Published published, bool quick)
    {
        await NodeClient.Install();
        var packages = Path.Join(Path.GetDirectoryName(Published.Script("package.json")), "node_modules", ".bin");
        using var daemon = ServerProcess.StartStandalone(published.Daemon, $"PATH={packages}:{Environment.GetEnvironmentVariable("PATH")}");
        using var node = await NodeClient.ConnectConat(daemon);
        await node.Do(new JsonObject { ["do"] = Bare });
        var first = (await node.Times(Ours, Call(), 1))[0] / 1000;

        // So long that node has compiled what it runs.
        var count = quick ? 50 : 100;
        await node.Times(Ours, Call(), 2 * count);
        await node.Times(Bare, Call(), 2 * count);
        List<double> ours = [], baseline = [];
        for (var round = 0; round < (quick ? 5 : 15); round++)
        {
            ours.Add((await node.Times(Ours, Call(), count)).Percentile(0.5) / 1000);
            baseline.Add((await node.Times(Bare, Call(), count)).Percentile(0.5) / 1000);
        }

        var byPrettier = baseline.Median();
        return
        [
            Row.AtMost(Group, $"{Lines} lines of JavaScript, warm, p50", "ms", ours.Median(), byPrettier + MostMoreMilliseconds).Beside("prettier in a resident node", byPrettier),
            Row.Info(Group, "the first time", "ms", first),
        ];
    }

    private static JsonArray Call()
    {
        var lines = Enumerable.Range(0, Lines / 4).Select(i => string.Create(
            CultureInfo.InvariantCulture, $"function f{i}(a,b){{\nlet x = a?b :{{c:[1,2,{i}],d:'text'}}; for(const y of x.c)\nconsole.log(`${{y}}`,f{i}(y,b))\nreturn x}}\n"));
        return ["editor.formatterString", new JsonArray(new JsonObject { ["str"] = string.Concat(lines), ["options"] = new JsonObject { ["parser"] = "babel" } })];
    }
}
