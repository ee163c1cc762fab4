using ProjectSilo.Grains.Interfaces.Errors;
using ProjectSilo.Grains.Interfaces.Notebooks;
using ProjectSilo.Grains.Tests.Project;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Notebooks;

/// <summary>Calls of the notebooks' grain.</summary>
internal static class NotebookCalls
{
    public static Task Convert(this ProjectCluster cluster, params string[] arguments) => cluster.ConvertIn("", arguments);

    public static Task ConvertIn(this ProjectCluster cluster, string directory, params string[] arguments) =>
        cluster.Notebooks.Convert(new NotebookConversion { Arguments = [.. arguments], Directory = directory }, "test", default).Within();

    /// <summary>Converts what can't be converted.</summary>
    /// <returns>The error.</returns>
    public static async Task<string> ConvertRefusal(this ProjectCluster cluster, double timeoutSeconds, params string[] arguments)
    {
        var conversion = new NotebookConversion { Arguments = [.. arguments], TimeoutSeconds = timeoutSeconds };
        return (await Assert.ThrowsAsync<RequestException>(() => cluster.Notebooks.Convert(conversion, "test", default).Within())).Message;
    }

    /// <summary>Writes a notebook into HOME.</summary>
    public static string WriteNotebook(this ProjectCluster cluster, string name, string source = "1+1")
    {
        var path = Path.Join(cluster.Home, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, $$$"""
            {"cells":[{"cell_type":"code","execution_count":1,"metadata":{},"outputs":[],"source":["{{{source}}}"]}],
             "metadata":{"kernelspec":{"name":"python3","display_name":"P","language":"python"},"language_info":{"name":"python","file_extension":".py"}},"nbformat":4,"nbformat_minor":4}
            """);
        return path;
    }
}
