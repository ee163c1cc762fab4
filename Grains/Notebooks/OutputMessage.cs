using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using ProjectSilo.Conat.Values;
using ProjectSilo.Grains.Interfaces.Kernels;

namespace ProjectSilo.Grains.Notebooks;

/// <summary>What a message of a kernel shows: its content without what is the protocol's (spec 10 §8.1, §11).</summary>
internal static class OutputMessage
{
    /// <summary>A larger buffer is not kept for the next length.</summary>
    private const int MaxKeptBytes = 256 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    /// <summary>The content of a message; null if it isn't a JSON object.</summary>
    public static WireValue.Members? ContentOf(KernelItem item) =>
        WireJson.TryParse(item.Content.Span, out var content) ? content as WireValue.Members : null;

    /// <summary>The content without members of these names and without empty objects; null if nothing is left.</summary>
    public static WireValue.Members? Shown(WireValue.Members content, params ReadOnlySpan<string> except)
    {
        var shown = ImmutableArray.CreateBuilder<KeyValuePair<string, WireValue>>(content.Values.Length);
        foreach (var member in content.Values)
        {
            if (!except.Contains(member.Key) && member.Value is not WireValue.Members { Values.IsEmpty: true })
            {
                shown.Add(member);
            }
        }

        return shown.Count == 0 ? null : new WireValue.Members(shown.ToImmutable());
    }

    /// <summary>The length of its JSON in UTF-16 code units, which is what limits count.</summary>
    public static int Length(WireValue message)
    {
        var buffer = _buffer ??= new ArrayBufferWriter<byte>(1_024);
        WireJson.Write(message, buffer);
        var length = Encoding.UTF8.GetCharCount(buffer.WrittenSpan);
        buffer.ResetWrittenCount();
        if (buffer.Capacity > MaxKeptBytes)
        {
            _buffer = null;
        }

        return length;
    }

    /// <summary><c>{"name":"stderr","text":"…"}</c></summary>
    public static WireValue.Members Stderr(string text) => new WireObject { ["name"] = "stderr", ["text"] = text }.Build();
}
