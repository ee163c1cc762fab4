using System.Globalization;
using System.Text.Json.Nodes;
using Orleans.Runtime;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Tests;

namespace ProjectSilo.Grains.Tests.Kernels;

/// <summary>What came of executing something.</summary>
internal sealed class ExecutedCode
{
    private static int _last;

    public List<KernelItem> Items { get; } = [];

    public IEnumerable<string> Types => Items.Where(item => item.MessageType.Length > 0).Select(item => item.MessageType);

    /// <summary>What it has printed.</summary>
    public string Text => string.Concat(Contents("stream").Select(content => (string)content["text"]!));

    /// <summary>The text of its result; null if there is none.</summary>
    public string? Result => (string?)Contents("execute_result").SingleOrDefault()?["data"]?["text/plain"];

    /// <summary>The name of its error; null if there is none.</summary>
    public string? Error => (string?)Contents("error").SingleOrDefault()?["ename"];

    public int Missing => Items.Sum(item => item.Missing);

    public bool IsDone => Items is [.., { IsDone: true }];

    public static string NewId() => "execution-" + Interlocked.Increment(ref _last).ToString(CultureInfo.InvariantCulture);

    public static ExecuteRequest Request(string code) => new() { Id = NewId(), Code = code };

    public IEnumerable<JsonNode> Contents(string type) => Items.Where(item => item.MessageType == type).Select(item => JsonNode.Parse(item.Content.Span)!);

    /// <summary>Executes and takes all that comes.</summary>
    public static Task<ExecutedCode> Of(IKernelGrain kernel, string code) => Of(kernel, Request(code));

    /// <inheritdoc cref="Of(IKernelGrain, string)"/>
    /// <param name="arrived">Told of each item when it has been taken.</param>
    public static Task<ExecutedCode> Of(IKernelGrain kernel, ExecuteRequest request, Func<KernelItem, Task>? arrived = null)
    {
        return Take().Within();

        async Task<ExecutedCode> Take()
        {
            var executed = new ExecutedCode();
            await foreach (var item in kernel.Execute(request, default).WithBatchSize(KernelItem.ReadAhead))
            {
                executed.Items.Add(item);
                if (arrived is not null)
                {
                    await arrived(item);
                }
            }

            return executed;
        }
    }
}
