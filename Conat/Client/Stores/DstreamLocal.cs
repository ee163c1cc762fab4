using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Stores;

/// <summary>
/// The messages of a dstream that its stream doesn't show yet (spec 07 §4), as a plain state: its owner serialises all use. They are first unsaved, then stored, then shown.
/// </summary>
/// <param name="maxMessages">Most unsaved messages; one more fails.</param>
/// <param name="maxBytes">Most bytes of them; one always fits.</param>
internal sealed class DstreamLocal(int maxMessages, long maxBytes)
{
    /// <summary>In the order of publishing.</summary>
    private readonly SortedDictionary<long, StreamPublish> _unsaved = [];

    /// <summary>The places of unsaved messages by their ids.</summary>
    private readonly Dictionary<string, long> _places = new(StringComparer.Ordinal);

    /// <summary>By number: the server has them.</summary>
    private readonly SortedDictionary<long, (WireValue Value, long Generation)> _stored = [];
    private long _bytes;
    private long _next;

    public int Unsaved => _unsaved.Count;

    public int Stored => _stored.Count;

    public bool IsEmpty => _unsaved.Count == 0 && _stored.Count == 0;

    /// <exception cref="ConatException">Too much is unsaved, code 429.</exception>
    public void Add(StreamPublish message)
    {
        var bytes = message.Raw!.Value.Length;
        if (_unsaved.Count >= maxMessages || (_unsaved.Count > 0 && _bytes + bytes > maxBytes))
        {
            throw new ConatException("too many messages are not saved yet", 429);
        }

        _bytes += bytes;
        _places.Add(message.MessageId!, _next);
        _unsaved.Add(_next++, message);
    }

    public StreamPublish[] ToSave() => [.. _unsaved.Values];

    public IEnumerable<WireValue> UnsavedValues() => _unsaved.Values.Select(message => message.Value!);

    public IEnumerable<WireValue> StoredValues() => _stored.Values.Select(stored => stored.Value);

    /// <summary>The server has stored a message.</summary>
    /// <param name="message">What was sent.</param>
    /// <param name="seq">Its number.</param>
    /// <param name="isShown">Whether the stream shows it already.</param>
    /// <param name="generation">The stream's last comparison with the server's.</param>
    public void OnStored(StreamPublish message, long seq, bool isShown, long generation)
    {
        if (Forget(message.MessageId!) && !isShown)
        {
            _stored[seq] = (message.Value!, generation);
        }
    }

    /// <summary>Forgets an unsaved message.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Forget(string messageId)
    {
        if (!_places.Remove(messageId, out var place) || !_unsaved.Remove(place, out var message))
        {
            return false;
        }

        _bytes -= message.Raw!.Value.Length;
        return true;
    }

    /// <summary>The stream shows a row.</summary>
    public void OnShown(long seq, string? messageId)
    {
        _stored.Remove(seq);
        if (messageId is not null)
        {
            Forget(messageId);
        }
    }

    /// <summary>The stream was compared with the server's: it shows whatever the server had stored before.</summary>
    public void OnResynced(long generation)
    {
        foreach (var seq in _stored.Where(stored => stored.Value.Generation < generation).Select(stored => stored.Key).ToList())
        {
            _stored.Remove(seq);
        }
    }
}
