using System.Globalization;
using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Formatters;
using ProjectSilo.Grains.Native;
using ProjectSilo.Grains.Tests.Project;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Formatters;

/// <summary>Calls of the formatter, and what stands in for tools.</summary>
internal static class FormatterCalls
{
    /// <summary>What tests install of npm.</summary>
    public static string NodePackages { get; } = Path.Join(Vectors.RepositoryRoot(), "tests", "Grains.Tests", "node", "node_modules");

    /// <summary>Formats.</summary>
    public static async Task<string> Format(
        this ProjectCluster cluster, string text, string? parser, string path = "", double? tabWidth = null, CancellationToken cancellationToken = default) =>
        (await cluster.Formatter.Format(Request(text, parser, path, tabWidth), "test", cancellationToken).Within()).ToString();

    /// <summary>Formats what can't be formatted.</summary>
    /// <returns>The error.</returns>
    public static async Task<string> Refusal(this ProjectCluster cluster, string text, string? parser, string path = "", double? tabWidth = null) =>
        (await Assert.ThrowsAsync<RequestException>(() => cluster.Format(text, parser, path, tabWidth))).Message;

    public static FormatRequest Request(string text, string? parser, string path = "", double? tabWidth = null) => new()
    {
        Text = text,
        Parser = parser,
        Path = path,
        TabWidth = tabWidth,
        Options = parser is null ? "{}" : $"{{\"parser\":\"{parser}\"}}",
    };

    /// <summary>Puts npm's prettier into the project's <c>PATH</c>.</summary>
    public static void InstallPrettier(this ProjectCluster cluster) =>
        File.CreateSymbolicLink(Path.Join(cluster.Tools, "prettier"), Path.Join(NodePackages, "prettier", "bin", "prettier.cjs"));

    /// <summary>Puts a package named prettier into it whose <c>format</c> is <paramref name="body"/>, and which notes its process in <c>HOME/pid</c>.</summary>
    public static void InstallOtherPrettier(this ProjectCluster cluster, string body)
    {
        var package = Path.Join(cluster.Data, "prettier");
        cluster.WriteTool("prettier.js", "#!/usr/bin/env node\n", package);
        File.WriteAllText(Path.Join(package, "package.json"), "{\"name\":\"prettier\",\"main\":\"index.cjs\"}");
        File.WriteAllText(Path.Join(package, "index.cjs"), $$"""
            const fs = require('fs');
            const { spawn } = require('child_process');
            fs.writeFileSync(process.env.HOME + '/new', String(process.pid));
            fs.renameSync(process.env.HOME + '/new', process.env.HOME + '/pid');
            exports.format = async (text, options) => { {{body}} };
            """);
        File.CreateSymbolicLink(Path.Join(cluster.Tools, "prettier"), Path.Join(package, "prettier.js"));
    }

    /// <summary>The number that a tool wrote into a file of HOME.</summary>
    public static async Task<int> Pid(this ProjectCluster cluster, string file = "pid")
    {
        var path = Path.Join(cluster.Home, file);
        await Bounded.Until(() => File.Exists(path) && new FileInfo(path).Length > 0, $"{file} is there");
        return int.Parse(await File.ReadAllTextAsync(path), CultureInfo.InvariantCulture);
    }

    /// <summary>Waits until a process is gone.</summary>
    public static Task Gone(int pid) => Bounded.Until(() => ProcessIdentity.TryRead(pid) is null, $"{pid} is gone");
}
