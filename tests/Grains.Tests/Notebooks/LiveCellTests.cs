using System.Globalization;
using System.Text.Json.Nodes;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Notebooks;
using ProjectSilo.Grains.Tests.Project;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Notebooks;

/// <summary>The captured cells (spec 10 §8.1), executed by Debian's ipykernel: what their records are at the end.</summary>
public sealed class LiveCellTests : IClassFixture<LiveCellTests.PythonKernel>
{
    private readonly PythonKernel _python;

    public LiveCellTests(PythonKernel python) => _python = python;

    public static TheoryData<string> Cases => [.. Vectors.Load("jupyter-execute").GetProperty("live_cells").EnumerateArray().Select(entry => entry.GetRawText())];

    [Theory, MemberData(nameof(Cases))]
    public async Task Cell_EndsAsExpected(string json)
    {
        var entry = JsonNode.Parse(json)!;
        var blobs = new MemoryBlobs();
        var cell = new CellOutput("c0", "python3", CellOutputLimits.Default, blobs, TimeProvider.System);
        string? input = null;
        await foreach (var (item, request) in _python.Execute((string)entry["code"]!, (string?)entry["signal"]))
        {
            var change = cell.Take(item);
            input = change.Input ?? input;
            if (item.Input is not null)
            {
                // A password is not in the document: its field is blank.
                Assert.True(cell.Answer(entry["store_then_blank"] is null ? (string)entry["stdin"]! : ""));
                Assert.True(await _python.Kernel.Answer(request, (string?)entry["store_then_blank"] ?? (string)entry["stdin"]!));
            }
        }

        Assert.True(cell.IsDone);
        var record = cell.Record.Json()!.AsObject();
        record["input"] = input;
        foreach (var (name, expected) in entry["final"]!.AsObject())
        {
            switch (name)
            {
                case "output_keys" or "last_output":
                    break;
                case "output" when expected is JsonObject outputs && outputs.Values().All(output => output["name"] is not null || output["data"] is not null):
                    VectorMatch.Fits(VectorMatch.JoinStreams([.. outputs.Values()]), VectorMatch.JoinStreams([.. record["output"]!.AsObject().Values()]), json);
                    break;
                default:
                    VectorMatch.Fits(expected, record[name], json);
                    break;
            }
        }

        AssertMoreOutput(entry, record, cell);
        foreach (var (sha1, content) in entry["blobs"] as JsonObject ?? [])
        {
            Assert.Equal((string?)content, Convert.ToBase64String(blobs.Saved[sha1]));
        }
    }

    /// <summary>
    /// The kernel may join what is printed, so numbers of messages may be lower, or part a number from its line feed; and where the processors are busy its PUB socket may drop some of a thousand messages at once before they leave it.
    /// </summary>
    private static void AssertMoreOutput(JsonNode entry, JsonObject record, CellOutput cell)
    {
        if (entry["more_output"] is not JsonObject expected)
        {
            Assert.Null(cell.More);
            return;
        }

        var outputs = record["output"]!.AsObject().Values().ToList();
        Assert.Equal((int)entry["final"]!["output_keys"]!, outputs.Count);
        VectorMatch.Fits(entry["final"]!["last_output"], outputs[^1]);
        var more = cell.More!.Read().Select(message => message.Json()!).ToList();
        Assert.InRange(more.Count, 1, 2 * (int)expected["count"]!);
        var numbers = string.Concat(outputs[..^1].Concat(more).Select(message => (string)message["text"]!)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => int.Parse(line, CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(numbers.Distinct().Order(), numbers);
        if (numbers.Count == 1_200)
        {
            VectorMatch.Fits(JsonNode.Parse("""{"name":"stdout","text":{"$regex":"1199\n$"}}"""), more[^1]);
        }
    }

    /// <summary>One kernel for all cases.</summary>
    public sealed class PythonKernel : IAsyncLifetime
    {
        private static readonly TimeSpan InterruptInterval = TimeSpan.FromMilliseconds(500);

        private readonly ProjectCluster _cluster = new();

        public IKernelGrain Kernel { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            await _cluster.Start();
            Kernel = _cluster.Kernel("live");
            await Kernel.Configure(new KernelOptions { Kernel = "python3", Path = "nb/a.ipynb" });
        }

        public async Task DisposeAsync()
        {
            await Kernel.Close();
            await _cluster.DisposeAsync();
        }

        /// <summary>Executes code, and signals while it runs.</summary>
        internal async IAsyncEnumerable<(KernelItem Item, string Request)> Execute(string code, string? signal)
        {
            using var end = new CancellationTokenSource(Bounded.Limit);
            var request = new ExecuteRequest { Id = Guid.NewGuid().ToString(), Code = code, AllowsInput = true };
            var signals = Task.CompletedTask;
            await foreach (var item in Kernel.Execute(request, end.Token))
            {
                if (item.MessageType == "execute_input" && signal is not null)
                {
                    signals = Signal(signal, end.Token);
                }

                yield return (item, request.Id);
            }

            await end.CancelAsync();
            await signals;
        }

        /// <summary>Until it is over: nobody can see from outside when the loop that is to be interrupted has begun.</summary>
        private async Task Signal(string signal, CancellationToken cancellationToken)
        {
            using var timer = new PeriodicTimer(InterruptInterval);
            try
            {
                while (await timer.WaitForNextTickAsync(cancellationToken))
                {
                    await Kernel.Signal(signal);
                }
            }
            catch (OperationCanceledException)
            {
                Assert.True(cancellationToken.IsCancellationRequested);
            }
        }
    }
}

/// <summary>What an object holds.</summary>
file static class Members
{
    public static IEnumerable<JsonNode> Values(this JsonObject members) => members.Select(member => member.Value!.DeepClone());
}
