using System.Text.Json.Nodes;
using ProjectSilo.Grains.Notebooks;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Notebooks;

/// <summary>
/// The outputs of the captured notebooks go through the same rules as those of a kernel (spec 10 §8.3): here what an import does before, the joining of lines, is done by the test.
/// </summary>
public sealed class ImportedOutputTests
{
    public static TheoryData<string> Cases =>
        [.. Vectors.Load("ipynb").GetProperty("import").EnumerateArray().Select(entry => entry.GetRawText()).Where(json => JsonNode.Parse(json)!["ipynb"]?["cells"] is JsonArray)];

    [Theory, MemberData(nameof(Cases))]
    public void Outputs_BecomeThoseOfTheRecord(string json)
    {
        var entry = JsonNode.Parse(json)!;
        var blobs = new MemoryBlobs();
        var records = entry["records"]!.AsArray().Where(record => (string?)record!["type"] is "cell" or null).ToList();
        foreach (var (cell, index) in entry["ipynb"]!["cells"]!.AsArray().Select((cell, index) => (cell!, index)))
        {
            var record = records.Single(record => (double?)record!["pos"] == index)!;
            var output = new CellOutput("c", "python3", CellOutputLimits.Default, blobs, TimeProvider.System);
            foreach (var message in cell["outputs"] as JsonArray ?? [])
            {
                output.Take(Items.Of("display_data", Joined(message!.AsObject()).ToJsonString()));
            }

            JsonAssert.Equal(record["output"], output.Output.Json(), json);
        }

        foreach (var (sha1, content) in entry["blobs"] as JsonObject ?? [])
        {
            // Blobs of attachments belong to the import.
            Assert.True(!blobs.Saved.TryGetValue(sha1, out var saved) || Convert.ToBase64String(saved) == (string?)content, sha1);
        }
    }

    private static JsonObject Joined(JsonObject message)
    {
        var joined = message.DeepClone().AsObject();
        joined.Remove("prompt_number");
        if (joined["text"] is JsonArray text)
        {
            joined["text"] = string.Concat(text.Select(line => (string?)line));
        }

        foreach (var (type, value) in joined["data"]?.AsObject().ToList() ?? [])
        {
            if (value is JsonArray lines && !type.EndsWith("json", StringComparison.Ordinal))
            {
                joined["data"]![type] = string.Concat(lines.Select(line => (string?)line));
            }
        }

        return joined;
    }
}
