using System.Buffers;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Server.Broker;

/// <summary>A pattern that somebody is subscribed to, and who: its queue groups in the order in which they came.</summary>
public sealed class PatternInterest
{
    /// <summary>Events that Socket.IO keeps to itself: a client that gets one of that name fails.</summary>
    private static readonly HashSet<string> ReservedEvents =
        new(StringComparer.Ordinal) { "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener" };

    private volatile QueueGroup[] _groups = [];

    internal PatternInterest(string pattern)
    {
        Pattern = pattern;
        IsSilent = pattern == Subjects.AnyTokens;
        IsReserved = IsReservedEvent(pattern);
        var prefix = new ArrayBufferWriter<byte>();
        prefix.Write("["u8);
        WireJson.Write(pattern, prefix);
        prefix.Write(",{\"subject\":"u8);
        EventPrefix = prefix.WrittenSpan.ToArray();
    }

    public string Pattern { get; }

    /// <summary>The pattern <c>&gt;</c> gets messages, but counts as nobody: neither in <c>count</c> nor for who waits for interest.</summary>
    public bool IsSilent { get; }

    /// <summary>Nothing can be delivered under this name, e.g. <c>connect</c>.</summary>
    public bool IsReserved { get; }

    /// <summary>How each delivery begins: <c>["foo.*",{"subject":</c>.</summary>
    internal ReadOnlyMemory<byte> EventPrefix { get; }

    /// <summary>Whether Socket.IO keeps this name to itself.</summary>
    internal static bool IsReservedEvent(string name) => ReservedEvents.Contains(name);

    /// <summary>A snapshot; may be read at any time without a lock.</summary>
    public ReadOnlySpan<QueueGroup> Groups => _groups;

    /// <summary>Called with the table's lock held, as the other changes.</summary>
    internal void Add(string queue, IMessageReceiver receiver)
    {
        var groups = _groups;
        var at = Array.FindIndex(groups, group => group.Queue == queue);
        _groups = at < 0
            ? [.. groups, new QueueGroup(queue, [receiver])]
            : [.. groups.AsSpan(0, at), groups[at] with { Members = groups[at].Members.Add(receiver) }, .. groups.AsSpan(at + 1)];
    }

    internal void Remove(string queue, IMessageReceiver receiver)
    {
        var groups = _groups;
        var at = Array.FindIndex(groups, group => group.Queue == queue);
        if (at >= 0)
        {
            var members = groups[at].Members.Remove(receiver);
            ReadOnlySpan<QueueGroup> left = members.IsEmpty ? [] : [groups[at] with { Members = members }];
            _groups = [.. groups.AsSpan(0, at), .. left, .. groups.AsSpan(at + 1)];
        }
    }
}
