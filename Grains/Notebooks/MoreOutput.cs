using System.Collections.Immutable;
using System.Globalization;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Grains.Notebooks;

/// <summary>
/// The output of a cell beyond what its record holds (spec 10 §8.1), in memory. Bounded: beyond ten times <paramref name="maxOutputLength"/> the oldest is cut or dropped.
/// </summary>
/// <param name="maxOutputLength">What the record may hold, UTF-16 code units of JSON.</param>
internal sealed class MoreOutput(int maxOutputLength)
{
    private const int TimesOfRecord = 10;

    /// <summary>What is dropped at once more than need be: else each message would drop one.</summary>
    private const int Margin = 50;

    private readonly LinkedList<(WireValue.Members Message, int Length)> _messages = [];
    private long _length;
    private int _discarded;
    private int _truncated;

    private long Limit => (long)maxOutputLength * TimesOfRecord;

    /// <summary>Adds a message.</summary>
    public void Add(WireValue.Members message, int length)
    {
        _messages.AddLast((message, length));
        _length += length;
        while (_length > Limit && _messages.First is { } first)
        {
            var needed = _length - Limit + Margin;
            _messages.RemoveFirst();
            _length -= first.Value.Length;
            if (Cut(first.Value.Message, needed) is { } cut)
            {
                var rest = OutputMessage.Length(cut);
                _messages.AddFirst((cut, rest));
                _length += rest;
                _truncated++;
                return;
            }

            _discarded++;
        }
    }

    /// <summary>All messages, oldest first, between warnings if some are missing.</summary>
    public ImmutableArray<WireValue.Members> Read()
    {
        var messages = ImmutableArray.CreateBuilder<WireValue.Members>(_messages.Count);
        foreach (var (message, _) in _messages)
        {
            messages.Add(message);
        }

        Enclose(messages, _discarded, DiscardedWarning(_discarded));
        Enclose(messages, _truncated, "WARNING: some intermediate output was truncated.\n");
        return messages.ToImmutable();
    }

    /// <summary>Replaces what shows a display (spec 10 §8.1).</summary>
    public void Update(string displayId, WireValue.Members content)
    {
        for (var node = _messages.First; node is not null; node = node.Next)
        {
            if (DisplayUpdates.IdOf(node.Value.Message) == displayId)
            {
                var length = OutputMessage.Length(content);
                _length += length - node.Value.Length;
                node.Value = (content, length);
            }
        }
    }

    private static string DiscardedWarning(int count) => string.Create(
        CultureInfo.InvariantCulture, $"WARNING: at least {count} intermediate output {(count == 1 ? "message was" : "messages were")} discarded.\n");

    private static void Enclose(ImmutableArray<WireValue.Members>.Builder messages, int count, string warning)
    {
        if (count > 0)
        {
            var message = new WireObject { ["text"] = warning, ["name"] = "stderr" }.Build();
            messages.Insert(0, message);
            messages.Add(message);
        }
    }

    /// <summary>The message with so much less text, at its end; null if it has not so much.</summary>
    private static WireValue.Members? Cut(WireValue.Members message, long needed)
    {
        if (message["text"].AsText() is { } text)
        {
            return text.Length > needed ? message.Set("text", Cut(text, needed)) : null;
        }

        return message["data"] is WireValue.Members data && data["text/plain"].AsText() is { } plain && plain.Length > needed
            ? message.Set("data", data.Set("text/plain", Cut(plain, needed)))
            : null;
    }

    private static string Cut(string text, long needed) => string.Concat(text.AsSpan(0, (int)(text.Length - needed - 1)), "…");
}
