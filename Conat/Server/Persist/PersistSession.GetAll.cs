using System.Buffers;
using ProjectSilo.Conat.Core;
using ProjectSilo.Conat.Core.MessagePack;
using ProjectSilo.Conat.Core.Messages;
using ProjectSilo.Conat.Persist;
using ProjectSilo.Conat.Server.Persist.Engine;
using ProjectSilo.Conat.Values;

namespace ProjectSilo.Conat.Server.Persist;

/// <summary>The command <c>getAll</c> (spec 07 §1.7): the answer comes in parts, and what waits for it is never more than one of them.</summary>
internal sealed partial class PersistSession
{
    /// <summary>So much is read in one go; between two of them others have their turn.</summary>
    private const int SliceMessages = 2_000;
    private const long SliceBytes = 1_000_000;

    /// <summary>What a message takes beside its payload, more or less.</summary>
    private const int LikelyMessageBytes = 96;

    private async Task SendAllAsync(PersistStream stream, ConatMessage request, long start, long end)
    {
        var parts = 0;
        var isCounted = false;
        try
        {
            var batch = new List<StoredMessage>();
            for (long bytes = 0, isEnd = 0; isEnd == 0;)
            {
                var limit = Math.Min(SliceBytes, _server.Options.MaxBatchBytes - bytes);
                var count = Math.Min(SliceMessages, _server.Options.MaxBatchMessages - batch.Count);
                var from = start;
                var slice = await stream.RunAsync(engine => engine.Store.Read(from, end, count, limit), isWrite: false).ConfigureAwait(false);
                var sliceBytes = BytesOf(slice);
                batch.AddRange(slice);
                bytes += sliceBytes;
                isEnd = slice.Count < count && sliceBytes < limit ? 1 : 0;
                start = slice.Count > 0 ? slice[^1].Seq + 1 : start;
                if (batch.Count > 0 && (isEnd == 1 || bytes >= _server.Options.MaxBatchBytes || batch.Count >= _server.Options.MaxBatchMessages))
                {
                    await SendPartAsync(request, parts, batch, bytes).ConfigureAwait(false);
                    parts++;
                    batch.Clear();
                    bytes = 0;
                }

                if (isEnd == 0 && !isCounted)
                {
                    await _server.Reads.WaitAsync().ConfigureAwait(false);
                    isCounted = true;
                }
            }

            await SendPartAsync(request, Counter(parts), WireValue.Null).ConfigureAwait(false);
        }
        catch (ConatException error)
        {
            await FailAsync(request, parts, error).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // The edge of a request.
            PersistLog.RequestFailed(_server.Logger, _socket.Subject, exception);
            await FailAsync(request, parts, new ConatException("internal error")).ConfigureAwait(false);
        }
        finally
        {
            if (isCounted)
            {
                _server.Reads.Release();
            }

            _room.Leave(request.Raw.Length);
        }
    }

    private static long BytesOf(List<StoredMessage> messages)
    {
        var bytes = 0L;
        foreach (var message in messages)
        {
            bytes += message.Raw.Length;
        }

        return bytes;
    }

    private static WireValue.Members Counter(int parts) => new WireObject { [PersistHeaders.Seq] = parts }.Build();

    private Task<PublishResult> SendPartAsync(ConatMessage request, int part, List<StoredMessage> messages, long bytes)
    {
        var likely = bytes + ((long)messages.Count * LikelyMessageBytes) + MessagePackCodec.MaxListHeader;
        var body = new ArrayBufferWriter<byte>((int)Math.Min(likely, Array.MaxLength));
        MessagePackCodec.Encode(new WireValue.Sequence(messages.Count, messages.Select(message => message.ToWire())), body);
        return _server.Client.PublishAsync(request.Reply!, WireValue.Null, new PublishOptions { Headers = Counter(part), Raw = body.WrittenMemory });
    }

    private Task<PublishResult> SendPartAsync(ConatMessage request, WireValue.Members headers, WireValue data) =>
        _server.Client.PublishAsync(request.Reply!, data, new PublishOptions { Headers = headers });

    private async Task FailAsync(ConatMessage request, int parts, ConatException error)
    {
        try
        {
            var headers = Counter(parts).Values.Add(KeyValuePair.Create(ConatHeaders.Error, (WireValue)$"Error: {error.Message}"));
            await SendPartAsync(request, new WireValue.Members(headers), WireValue.Null).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // The client is gone, which may be the error itself.
            PersistLog.AnswerLost(_server.Logger, _socket.Subject, exception);
        }
    }
}
