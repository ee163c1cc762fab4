using System.Collections.Immutable;
using ProjectSilo.Conat.Core.MessagePack;
using ProjectSilo.Conat.Persist;

namespace ProjectSilo.Conat.Server.Persist.Engine;

/// <summary>Who is told of changes.</summary>
internal sealed partial class PersistStream
{
    /// <summary>Replaced as a whole, under <see cref="_gate"/>.</summary>
    private ImmutableArray<ChangeFeed> _feeds = [];

    /// <summary>Tells it all that happens from now on.</summary>
    public void AddFeed(ChangeFeed feed)
    {
        lock (_gate)
        {
            _feeds = _feeds.Contains(feed) ? _feeds : _feeds.Add(feed);
        }
    }

    /// <summary>Tells it nothing more.</summary>
    public void RemoveFeed(ChangeFeed feed)
    {
        lock (_gate)
        {
            _feeds = _feeds.Remove(feed);
        }
    }

    /// <summary>What happened is kept.</summary>
    private void Announce(ImmutableArray<StreamEvent> events)
    {
        if (events.IsEmpty)
        {
            return;
        }

        ArchiveSoon();
        ImmutableArray<ChangeFeed> feeds;
        lock (_gate)
        {
            feeds = _feeds;
        }

        if (feeds.IsEmpty)
        {
            return;
        }

        // Encoded once, whoever gets it.
        var encoded = new EncodedEvent[events.Length];
        for (var i = 0; i < encoded.Length; i++)
        {
            var rawBytes = events[i] is StreamEvent.Stored stored ? stored.Message.Raw.Length : 0;
            encoded[i] = new EncodedEvent(MessagePackCodec.Encode(events[i].ToWire()), rawBytes);
        }

        foreach (var feed in feeds)
        {
            feed.Add(encoded);
        }
    }
}
