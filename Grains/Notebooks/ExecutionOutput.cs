using System.Collections.Immutable;
using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Interfaces.Kernels;
using ProjectSilo.Grains.Interfaces.Notebooks;

namespace ProjectSilo.Grains.Notebooks;

/// <summary>The result of one run, for somebody who gets it as a whole (spec 10 §11): what the kernel shows, up to the limits.</summary>
/// <param name="limits">Of this run and of all.</param>
/// <param name="total">What all runs have put out.</param>
internal sealed class ExecutionOutput(ExecutionLimits limits, OutputTotal total)
{
    private readonly ImmutableArray<WireValue>.Builder _messages = ImmutableArray.CreateBuilder<WireValue>();
    private double _length;

    /// <summary>What there is so far: <c>[{"name":"stdout","text":"hello\n"},{"data":{"text/plain":"42"}}]</c></summary>
    public WireValue.Items Messages => new(_messages.ToImmutable());

    /// <summary>Takes an item of the execution.</summary>
    public void Take(KernelItem item)
    {
        if (item.Missing > 0)
        {
            Add(Truncated($"Output truncated since {item.Missing} messages came too fast"));
        }

        if (item.MessageType == "clear_output")
        {
            total.Messages -= _messages.Count;
            _messages.Clear();
        }
        else if (!item.MessageType.StartsWith("comm_", StringComparison.Ordinal)
            && OutputMessage.ContentOf(item) is { } content
            && OutputMessage.Shown(content, "execution_state", "execution_count", "payload", "code", "status", "source") is { } message)
        {
            Show(message);
        }
    }

    /// <summary>Adds what no kernel said, whatever the limits.</summary>
    public void Add(WireValue.Members message)
    {
        if (total.Messages < total.MaxMessages)
        {
            total.Messages++;
            _messages.Add(message);
        }
    }

    private void Show(WireValue.Members message)
    {
        var length = OutputMessage.Length(message);
        _length += length;
        total.Length += length;
        if (message.Has("traceback") && total.Length <= total.MaxLength)
        {
            Add(message);
        }
        else if (limits.MaxOutputPerCell != 0 && _length > limits.MaxOutputPerCell)
        {
            Add(Truncated($"Output truncated since it exceeded the cell output limit of {JavaScript.NumberToText(limits.MaxOutputPerCell)} characters"));
        }
        else if (total.Limit(limits.MaxOutput) is var limit && total.Length > limit)
        {
            Add(Truncated($"Output truncated since it exceeded the global output limit of {JavaScript.NumberToText(limit)} characters"));
        }
        else
        {
            Add(message);
        }
    }

    private static WireValue.Members Truncated(string text) =>
        new WireObject { ["name"] = "stdout", ["output_type"] = "stream", ["text"] = new WireValue.Items([text]) }.Build();
}
